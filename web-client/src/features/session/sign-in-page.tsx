import { Anchor } from '@mantine/core';
import { useText } from '@/i18n/use-text';
import { languages, speak, type Language } from '@/i18n/i18n';
import { SignInForm } from './sign-in-form';
import styles from './sign-in.module.css';

/** What is shown at every address while nobody is signed in; afterwards it is the page of that address. */
export default function SignInPage() {
  const { t, i18n } = useText('session');
  return (
    <main className={styles.page}>
      <div className={styles.panel}>
        <h1 className={styles.brand}>
          <img src="/icon.svg" width={28} height={28} alt="" />
          Deskwire
        </h1>
        <SignInForm onOtherUser={() => location.reload()} />
        <div className={styles.languages} role="group" aria-label={t('common:language')}>
          {Object.entries(languages).map(([language, name]) => (
            <Anchor
              key={language}
              component="button"
              type="button"
              size="sm"
              lang={language}
              c={i18n.language === language ? 'var(--text)' : 'var(--accent)'}
              aria-pressed={i18n.language === language}
              onClick={() => void speak(i18n, language as Language)}
            >
              {name}
            </Anchor>
          ))}
        </div>
      </div>
    </main>
  );
}

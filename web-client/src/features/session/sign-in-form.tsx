import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { useText } from '@/i18n/use-text';
import { errorKey } from '@/components/state';
import type { SignInOutcome } from './session';
import { useSession } from './session-context';
import styles from './sign-in.module.css';

type Props = {
  /** Whose address is filled in and stays. */
  email?: string;
  onOtherUser: () => void;
};

/** Address and password; afterwards whatever waited for somebody to sign in goes on. */
export function SignInForm({ email: fixedEmail, onOtherUser }: Props) {
  const { t } = useText('session');
  const session = useSession();
  const [email, setEmail] = useState(fixedEmail ?? '');
  const [password, setPassword] = useState('');
  const [outcome, setOutcome] = useState<SignInOutcome | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    const result = await session.signIn(email, password);
    setBusy(false);
    setOutcome(result);
    if (result === 'other-user') onOtherUser();
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <TextInput
        label={t('email')}
        type="email"
        name="email"
        autoComplete="username"
        required
        withAsterisk={false}
        readOnly={fixedEmail !== undefined}
        data-autofocus={fixedEmail === undefined ? true : undefined}
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
      />
      <PasswordInput
        label={t('password')}
        name="password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        data-autofocus={fixedEmail === undefined ? undefined : true}
        value={password}
        visibilityToggleButtonProps={{ 'aria-label': t('showPassword') }}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <Problem outcome={outcome} />
      <Button type="submit" loading={isBusy}>
        {t('signIn')}
      </Button>
    </form>
  );
}

function Problem({ outcome }: { outcome: SignInOutcome | null }) {
  const { t } = useText('session');
  if (outcome === null || outcome === 'ok' || outcome === 'other-user') return null;
  const text =
    outcome === 'wrong'
      ? t('wrong')
      : outcome.code === 'RATE_LIMITED' && outcome.retryAfterS !== null
        ? t('tooMany', { count: Math.max(1, Math.ceil(outcome.retryAfterS / 60)) })
        : t(`common:${errorKey(outcome.code)}`);
  return (
    <p role="alert" className={styles.error}>
      {text}
    </p>
  );
}

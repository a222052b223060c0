import { Button, Modal, Text } from '@mantine/core';
import { useText } from '@/i18n/use-text';
import { useStore } from '@/lib/store';
import { useSession } from './session-context';
import { SignInForm } from './sign-in-form';
import styles from './sign-in.module.css';

/**
 * Asks for the password again over the page, which stays as it is with everything typed into it. What was refused
 * meanwhile is sent again afterwards.
 */
export default function ExpiredDialog() {
  const { t } = useText('session');
  const session = useSession();
  const state = useStore(session.state);
  const begin = () => location.assign('/');
  return (
    <Modal
      opened={state.kind === 'expired'}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      centered
      size="sm"
      title={t('expired.title')}
    >
      {state.kind === 'expired' ? (
        <div className={styles.form}>
          <Text size="sm">{t('expired.text')}</Text>
          <SignInForm
            onOtherUser={begin}
            {...(state.viewer.email === null ? {} : { email: state.viewer.email })}
          />
          <Button variant="subtle" color="gray" size="xs" onClick={begin}>
            {t('expired.other')}
          </Button>
        </div>
      ) : null}
    </Modal>
  );
}

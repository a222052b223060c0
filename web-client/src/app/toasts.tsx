import { Notifications } from '@mantine/notifications';
import { useText } from '@/i18n/use-text';

/** What has been done or has failed, said in passing. */
export default function Toasts() {
  const { t } = useText('common');
  return <Notifications position="bottom-right" limit={4} role="log" aria-label={t('messages')} />;
}

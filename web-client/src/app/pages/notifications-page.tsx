import { Button, SegmentedControl } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useText } from '@/i18n/use-text';
import { NotificationList, useMarkRead } from '@/features/notifications/notification-list';
import { useCommands } from '@/lib/commands';
import { PageBar } from '../shell/page-bar';
import styles from './scrolling.module.css';
import { usePageTitle } from './use-page-title';

/** What the desk tells the viewer. */
export function NotificationsPage() {
  const { t } = useText('notifications');
  const { show } = useSearch({ from: '/staff/notifications' });
  const navigate = useNavigate();
  const mark = useMarkRead();
  usePageTitle(t('title'));
  useCommands([
    {
      id: 'notifications.allRead',
      title: t('allRead'),
      group: t('title'),
      shortcut: 'shift+e',
      run: mark.all,
    },
  ]);
  const choose = (value: string) =>
    void navigate({ to: '.', search: value === 'unread' ? { show: value } : {}, replace: true });
  return (
    <>
      <PageBar title={t('title')}>
        <SegmentedControl
          size="xs"
          aria-label={t('which')}
          value={show ?? 'all'}
          onChange={choose}
          data={[
            { value: 'all', label: t('all') },
            { value: 'unread', label: t('unread') },
          ]}
        />
        <Button size="xs" variant="default" onClick={mark.all}>
          {t('allRead')}
        </Button>
      </PageBar>
      <div className={styles.scroll}>
        <NotificationList key={show ?? 'all'} unreadOnly={show === 'unread'} mark={mark} />
      </div>
    </>
  );
}

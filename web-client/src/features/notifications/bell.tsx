import { ActionIcon } from '@mantine/core';
import { IconBell } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useClient, useQuery } from 'urql';
import { pipe, subscribe } from 'wonka';
import { useText } from '@/i18n/use-text';
import { UnreadCount } from '@/graphql/cache-notifications';
import { useLive } from '@/graphql/context';
import { graphql } from '@/graphql/generated';
import { useCommands } from '@/lib/commands';
import { useFormats } from '@/lib/time';
import styles from './bell.module.css';

const NotificationUpdates = graphql(`
  subscription NotificationUpdates($after: Cursor) {
    notificationUpdates(after: $after) {
      cursor
      resync
      unreadCount
      notification {
        id
        ...NotificationItem_notification
      }
    }
  }
`);

const MOST_SHOWN = 99;

/** How many notifications are unread, and the way to them. */
export function Bell() {
  const { t } = useText('common');
  const formats = useFormats();
  const navigate = useNavigate();
  const count = useUnreadCount();
  useCommands([
    {
      id: 'go.notifications',
      title: t('notifications'),
      group: t('command.goTo'),
      shortcut: 'g i',
      run: () => void navigate({ to: '/notifications' }),
    },
  ]);
  const name =
    count > 0 ? t('unreadNotifications', { count, number: formats.number(count) }) : t('notifications');
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={30}
      aria-label={name}
      title={name}
      className={styles.bell ?? ''}
      renderRoot={(props) => <Link to="/notifications" {...props} />}
    >
      <IconBell size={17} aria-hidden />
      {count > 0 ? (
        <span className={styles.count} aria-hidden>
          {count > MOST_SHOWN ? `${MOST_SHOWN}+` : count}
        </span>
      ) : null}
    </ActionIcon>
  );
}

/** Kept by the stream, which also brings the notifications into their lists. */
function useUnreadCount(): number {
  const client = useClient();
  const live = useLive();
  const [{ data }] = useQuery({ query: UnreadCount, requestPolicy: 'cache-only' });
  useEffect(() => {
    let stop: () => void = () => undefined;
    let isOver = false;
    const follow = (after: string | null) => {
      const subscription = pipe(
        client.subscription(NotificationUpdates, { after }),
        subscribe((result) => {
          if (result.data?.notificationUpdates.resync) void read();
        }),
      );
      return () => subscription.unsubscribe();
    };
    const read = async () => {
      stop();
      // What is written while it is counted comes by the stream, which says the count itself.
      const before = live.cursor();
      await client.query(UnreadCount, {}, { requestPolicy: 'network-only' }).toPromise();
      if (!isOver) stop = follow(before);
    };
    void read();
    return () => {
      isOver = true;
      stop();
    };
  }, [client, live]);
  return data?.unreadNotificationCount ?? 0;
}

import { useRef } from 'react';
import { useText } from '@/i18n/use-text';
import { RecordList } from '@/components/records';
import { errorKey } from '@/components/state';
import { graphql, unmask } from '@/graphql/generated';
import type { NotificationsQuery } from '@/graphql/generated/graphql';
import { useChange } from '@/graphql/use-change';
import { usePages } from '@/graphql/use-pages';
import { useCommands } from '@/lib/commands';
import { NotificationFields, NotificationItem } from './notification-item';
import styles from './notifications.module.css';

const NotificationsDocument = graphql(`
  query Notifications($unreadOnly: Boolean = false, $after: String) {
    notifications(first: 50, unreadOnly: $unreadOnly, after: $after) {
      nodes {
        id
        ...NotificationItem_notification
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const MarkRead = graphql(`
  mutation MarkRead($input: MarkNotificationsReadInput!) {
    markNotificationsRead(input: $input) {
      unreadCount
      errors {
        code
        message
        path
      }
    }
  }
`);

const connectionOf = (data: NotificationsQuery) => data.notifications;

/** Marks notifications as read; what is shown of them changes with the answer. */
export function useMarkRead() {
  const { send, failure } = useChange(MarkRead);
  return {
    failure,
    one: (id: string) => void send({ input: { ids: [id] } }),
    all: () => void send({ input: { all: true } }),
  };
}

type Props = { unreadOnly: boolean; mark: ReturnType<typeof useMarkRead> };

/** What the desk tells the viewer, newest first. New ones come in by the stream. */
export function NotificationList({ unreadOnly, mark }: Props) {
  const { t } = useText('notifications');
  const list = useRef<HTMLUListElement>(null);
  const pages = usePages(NotificationsDocument, { unreadOnly }, connectionOf);
  const notifications = pages.nodes && unmask(NotificationFields, pages.nodes);
  const items = () => [...(list.current?.querySelectorAll<HTMLElement>('[data-notification]') ?? [])];
  const current = () => items().findIndex((item) => item.contains(document.activeElement));
  const move = (step: 1 | -1) => {
    const all = items();
    const at = current();
    const next = all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + step))];
    next?.querySelector<HTMLElement>('a, button')?.focus();
  };
  const group = t('title');
  const keys = { group, inPalette: false };
  useCommands([
    { ...keys, id: 'notifications.next', title: t('command.next'), shortcut: 'j', run: () => move(1) },
    {
      ...keys,
      id: 'notifications.previous',
      title: t('command.previous'),
      shortcut: 'k',
      run: () => move(-1),
    },
    {
      ...keys,
      id: 'notifications.read',
      title: t('markRead'),
      shortcut: 'e',
      run: () => {
        const id = items()[current()]?.dataset.notification;
        if (id !== undefined) mark.one(id);
      },
    },
  ]);
  return (
    <>
      {mark.failure === null ? null : (
        <p role="alert" className={styles.problem}>
          {t(`common:${errorKey(mark.failure)}`)}
        </p>
      )}
      <RecordList
        rows={notifications}
        failure={pages.failure}
        onRetry={pages.retry}
        empty={
          unreadOnly
            ? { title: t('noneUnread'), text: t('noneUnreadText') }
            : { title: t('none'), text: t('noneText') }
        }
        hasMore={pages.hasMore}
        isReading={pages.isReading}
        onMore={pages.more}
      >
        <ul ref={list} className={styles.list} aria-label={t('title')}>
          {(notifications ?? []).map((notification) => (
            <NotificationItem key={notification.id} notification={notification} onRead={mark.one} />
          ))}
        </ul>
      </RecordList>
    </>
  );
}

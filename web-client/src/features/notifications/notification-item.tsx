import { ActionIcon } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { Trans } from 'react-i18next';
import { useText } from '@/i18n/use-text';
import { Age, Avatar } from '@/components/marks';
import { graphql } from '@/graphql/generated';
import type { NotificationItem_notificationFragment } from '@/graphql/generated/graphql';
import styles from './notifications.module.css';

export const NotificationFields = graphql(`
  fragment NotificationItem_notification on Notification {
    id
    kind
    text
    createdAt
    readAt
    actor {
      id
      name
    }
    ticket {
      id
      number
      subject
    }
    message {
      id
      body
    }
  }
`);

type Notification = NotificationItem_notificationFragment;
type Props = { notification: Notification; onRead: (id: string) => void };

/** One thing the desk tells: who did what, on which ticket. */
export function NotificationItem({ notification, onRead }: Props) {
  const { t } = useText('notifications');
  const { id, actor, ticket, message, readAt } = notification;
  const isUnread = readAt === null;
  const content = (
    <>
      <span className={styles.dot} data-unread={isUnread ? '' : undefined}>
        {isUnread ? <span className="visually-hidden">{t('unread')} </span> : null}
      </span>
      <Avatar name={actor?.name ?? t('desk')} size={24} />
      <span className={styles.words}>
        <span>
          <Sentence notification={notification} />
        </span>
        {ticket ? (
          <span className={styles.ticket}>
            #{ticket.number} {ticket.subject}
          </span>
        ) : null}
        {message ? <span className={styles.message}>{message.body}</span> : null}
      </span>
      <span className={styles.age}>
        <Age time={notification.createdAt} />
      </span>
    </>
  );
  return (
    <li className={styles.item} data-notification={id}>
      {ticket ? (
        <Link
          to="/tickets/$number"
          params={{ number: String(ticket.number) }}
          className={styles.link}
          onClick={() => {
            if (isUnread) onRead(id);
          }}
        >
          {content}
        </Link>
      ) : (
        <div className={styles.link}>{content}</div>
      )}
      <span className={styles.act}>
        {isUnread ? (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t('markRead')}
            title={t('markRead')}
            onClick={() => onRead(id)}
          >
            <IconCheck size={16} aria-hidden />
          </ActionIcon>
        ) : null}
      </span>
    </li>
  );
}

function Sentence({ notification: { kind, actor, ticket, text } }: { notification: Notification }) {
  const { t } = useText('notifications');
  if (kind === 'MODEL_ROLLED_BACK') return text;
  return (
    <Trans
      t={t}
      i18nKey={ticket ? `kind.${kind}` : 'gone'}
      values={{ name: actor?.name ?? t('desk') }}
      components={{ b: <strong /> }}
    />
  );
}

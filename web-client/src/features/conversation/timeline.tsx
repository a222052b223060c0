import { useMemo, type ReactNode } from 'react';
import { useText } from '@/i18n/use-text';
import { Age, Avatar } from '@/components/marks';
import { graphql, unmask, type FragmentType } from '@/graphql/generated';
import type {
  Timeline_eventFragment,
  Timeline_messageFragment,
  Timeline_ticketFragment,
} from '@/graphql/generated/graphql';
import { EventLine } from './event-line';
import { MentionedText } from './mentioned-text';
import styles from './timeline.module.css';

export const TimelineFields = graphql(`
  fragment Timeline_ticket on Ticket {
    id
    requester {
      id
    }
    messages(first: 100, order: NEWEST) {
      nodes {
        ...Timeline_message
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    history(first: 100) {
      ...Timeline_event
    }
  }
`);

export const MessageFields = graphql(`
  fragment Timeline_message on Message {
    id
    kind
    channel
    body
    createdAt
    author {
      id
      name
    }
    mentions {
      id
      name
    }
  }
`);

export const EventFields = graphql(`
  fragment Timeline_event on Event {
    position
    kind
    occurredAt
    origin
    reason
    actor {
      id
      name
    }
    changes {
      field
      from
      to
    }
  }
`);

type Entry =
  | { at: number; key: string; message: Timeline_messageFragment }
  | { at: number; key: string; event: Timeline_eventFragment };

type Props = {
  ticket: FragmentType<typeof TimelineFields>;
  /** Names for the ids that events speak of. */
  nameOf: (id: string) => string | undefined;
  /** How a message's text is shown; as it is if not given. */
  renderBody?: (message: { id: string; body: string }) => ReactNode;
};

/** Everything that was said and done on a ticket, in order. */
export function Timeline({ ticket: ref, nameOf, renderBody }: Props) {
  const { t } = useText('conversation');
  const ticket = unmask(TimelineFields, ref);
  const entries = useMemo(() => entriesOf(ticket), [ticket]);
  return (
    <ol className={styles.timeline} aria-label={t('label')}>
      {entries.map((entry) => (
        <li key={entry.key} className={'message' in entry ? styles.messageItem : styles.eventItem}>
          {'message' in entry ? (
            <Message message={entry.message} isRequester={entry.message.author?.id === ticket.requester?.id}>
              <Body message={entry.message} {...(renderBody ? { renderBody } : {})} />
            </Message>
          ) : (
            <EventLine event={entry.event} nameOf={nameOf} />
          )}
        </li>
      ))}
    </ol>
  );
}

function Body({ message, renderBody }: { message: Timeline_messageFragment } & Pick<Props, 'renderBody'>) {
  const { body, mentions } = message;
  if (mentions.length > 0) return <MentionedText body={body} mentions={mentions} />;
  return renderBody ? renderBody(message) : body;
}

type MessageProps = { message: Timeline_messageFragment; isRequester: boolean; children: ReactNode };

function Message({ message, isRequester, children }: MessageProps) {
  const { t } = useText('conversation');
  const name = message.author?.name ?? t('desk');
  const isNote = message.kind === 'NOTE';
  return (
    <article
      className={`${styles.message ?? ''} ${isNote ? (styles.note ?? '') : ''}`}
      aria-label={t(isNote ? 'noteBy' : 'replyBy', { name })}
    >
      <header className={styles.head}>
        <Avatar name={name} size={22} />
        <span className={styles.author}>{name}</span>
        {isRequester ? <span className={styles.role}>{t('requester')}</span> : null}
        {isNote ? <span className={styles.kind}>{t('internal')}</span> : null}
        <span className={styles.time}>
          <Age time={message.createdAt} words />
        </span>
      </header>
      <div className={styles.body}>{children}</div>
    </article>
  );
}

/** Events that are not told by a message beside them. */
const TOLD: ReadonlySet<Timeline_eventFragment['kind']> = new Set([
  'TICKET_CREATED',
  'MESSAGE_REPLIED',
  'MESSAGE_NOTED',
  'SUGGESTION_RECORDED',
  'UNKNOWN',
]);

function entriesOf(ticket: Timeline_ticketFragment): Entry[] {
  const messages = ticket.messages.nodes.map((node): Entry => {
    const message = unmask(MessageFields, node);
    return { at: Date.parse(message.createdAt), key: message.id, message };
  });
  const events = ticket.history.flatMap((one): Entry[] => {
    const event = unmask(EventFields, one);
    return TOLD.has(event.kind) && event.changes.length === 0
      ? []
      : [{ at: Date.parse(event.occurredAt), key: String(event.position), event }];
  });
  return [...messages, ...events].sort((a, b) => a.at - b.at);
}

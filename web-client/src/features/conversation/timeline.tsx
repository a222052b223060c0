import { Button } from '@mantine/core';
import { useMemo, useState, type ReactNode } from 'react';
import { useClient } from 'urql';
import { useText } from '@/i18n/use-text';
import { Age, Avatar } from '@/components/marks';
import { errorKey } from '@/components/state';
import { codeOf } from '@/graphql/errors';
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
    history(first: 100, newestFirst: true) {
      ...Timeline_event
    }
  }
`);

const EarlierTimeline = graphql(`
  query EarlierTimeline($id: ID!, $after: String, $before: Int) {
    node(id: $id) {
      id
      ... on Ticket {
        messages(first: 100, order: NEWEST, after: $after) {
          nodes {
            ...Timeline_message
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
        history(first: 100, newestFirst: true, beforePosition: $before) {
          ...Timeline_event
        }
      }
    }
  }
`);
const PAGE = 100;

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
  const earlier = useEarlier(ticket);
  const entries = useMemo(() => entriesOf([...earlier.parts, ticket]), [earlier.parts, ticket]);
  return (
    <ol className={styles.timeline} aria-label={t('label')}>
      {earlier.hasMore ? (
        <li className={styles.earlier}>
          {earlier.failure === null ? null : (
            <span role="alert">{t(`common:${errorKey(earlier.failure)}`)}</span>
          )}
          <Button size="xs" variant="default" loading={earlier.isReading} onClick={earlier.read}>
            {t(earlier.failure === null ? 'earlier' : 'common:error.retry')}
          </Button>
        </li>
      ) : null}
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

type Part = Pick<Timeline_ticketFragment, 'messages' | 'history'>;

/** Of a long conversation the end is there at first, and earlier parts when asked for. */
function useEarlier(ticket: Timeline_ticketFragment) {
  const client = useClient();
  const [parts, setParts] = useState<readonly Part[]>([]);
  const [isReading, setReading] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const all = [...parts, ticket];
  const first = parts[0] ?? ticket;
  const read = async () => {
    setReading(true);
    // Where one of the two is through, its last place is asked for once more, and nothing comes.
    const after = all.map((part) => part.messages.pageInfo.endCursor).find((cursor) => cursor !== null);
    const places = all.flatMap((part) => part.history.map((one) => unmask(EventFields, one).position));
    const { data, error } = await client
      .query(EarlierTimeline, {
        id: ticket.id,
        after: after ?? null,
        before: places.length > 0 ? Math.min(...places) : 0,
      })
      .toPromise();
    setReading(false);
    setFailure(codeOf(error));
    const node = data?.node;
    if (node && 'messages' in node) setParts((now) => [node, ...now]);
  };
  return {
    parts,
    hasMore: first.messages.pageInfo.hasNextPage || first.history.length >= PAGE,
    isReading,
    failure,
    read: () => void read(),
  };
}

/** Each once, in order: what came while earlier parts were read may be in two of them. */
function entriesOf(parts: readonly Part[]): Entry[] {
  const entries = new Map<string, Entry>();
  for (const { messages, history } of parts) {
    for (const node of messages.nodes) {
      const message = unmask(MessageFields, node);
      entries.set(message.id, { at: Date.parse(message.createdAt), key: message.id, message });
    }
    for (const one of history) {
      const event = unmask(EventFields, one);
      if (TOLD.has(event.kind) && event.changes.length === 0) continue;
      const key = String(event.position);
      entries.set(key, { at: Date.parse(event.occurredAt), key, event });
    }
  }
  return [...entries.values()].sort((a, b) => a.at - b.at);
}

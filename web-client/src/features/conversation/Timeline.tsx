import { Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import { type FragmentType, graphql, unmask } from '../../graphql/generated';
import type { TimelineFragment as Fields } from '../../graphql/generated/graphql';
import { fullTime, relativeTime } from '../../lib/time';

/** The newest messages and what happened besides them. */
export const TimelineFragment = graphql(`
  fragment Timeline on Ticket {
    id
    requester {
      id
      name
    }
    queue {
      id
      members {
        user {
          id
          name
        }
      }
    }
    messages(first: 100, order: NEWEST) {
      nodes {
        id
        kind
        body
        createdAt
        author {
          id
          name
        }
      }
    }
    history(first: 100) {
      position
      kind
      occurredAt
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
  }
`);

const NamesDocument = graphql(`
  query TimelineNames {
    categories(includeInactive: true) {
      id
      name
    }
    queues {
      id
      name
    }
    tags {
      id
      name
    }
  }
`);

/** Global ids, as they stand in changes. */
const ID = /\b[a-z]+_[0-9a-f]{32}\b/g;

type Message = Fields['messages']['nodes'][number];
type Event = Fields['history'][number];

export function Timeline({ ticket: masked }: { ticket: FragmentType<typeof TimelineFragment> }) {
  const { messages, history, queue, requester } = unmask(TimelineFragment, masked);
  const [{ data }] = useQuery({ query: NamesDocument });
  const named = [
    ...(requester ? [requester] : []),
    ...(queue?.members.flatMap(({ user }) => (user ? [user] : [])) ?? []),
    ...history.flatMap(({ actor }) => (actor ? [actor] : [])),
    ...[...(data?.categories ?? []), ...(data?.queues ?? []), ...(data?.tags ?? [])],
  ];
  const names = new Map(named.map(({ id, name }) => [id, name]));
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const items = [
    ...messages.nodes.map((message) => ({
      at: message.createdAt,
      key: message.id,
      message,
      event: null,
    })),
    ...history
      .filter(({ kind }) => !kind.startsWith('MESSAGE_') && kind !== 'TICKET_CREATED')
      .map((event) => ({
        at: event.occurredAt,
        key: String(event.position),
        message: null,
        event,
      })),
  ].sort((one, other) => one.at.localeCompare(other.at));
  useEffect(() => {
    if (box.current && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [items.length]);
  const onScroll = () => {
    const { scrollTop = 0, scrollHeight = 0, clientHeight = 0 } = box.current ?? {};
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < 40;
  };
  return (
    <div className="timeline" ref={box} onScroll={onScroll} tabIndex={0} role="log">
      {items.map(({ key, message, event }) =>
        message ? (
          <MessageItem key={key} message={message} />
        ) : (
          event && <EventItem key={key} event={event} names={names} />
        ),
      )}
    </div>
  );
}

function MessageItem({ message }: { message: Message }) {
  const { t, i18n } = useTranslation();
  return (
    <article className={message.kind === 'NOTE' ? 'message note' : 'message'}>
      <Text size="sm" fw={600} component="span">
        {message.author?.name ?? t('ticket.unknown')}
      </Text>{' '}
      <Text size="xs" className="quiet" component="span">
        {message.kind === 'NOTE' && `${t('talk.note')} · `}
        <time dateTime={message.createdAt} title={fullTime(message.createdAt, i18n.language)}>
          {relativeTime(message.createdAt, i18n.language)}
        </time>
      </Text>
      <pre>{message.body}</pre>
    </article>
  );
}

function EventItem({ event, names }: { event: Event; names: Map<string, string> }) {
  const { t, i18n } = useTranslation();
  const who = event.actor?.name ?? t('talk.system');
  // What the viewer may not see, or is gone, has no name here.
  const inWords = (value: string | null | undefined) =>
    value?.replace(ID, (id) => names.get(id) ?? '–');
  const texts = event.changes.map(({ field, from, to }) => {
    const values = {
      who,
      field: t(`field.${field}`, field),
      from: inWords(from),
      to: inWords(to),
    };
    if (!from) return t('talk.set', values);
    return to ? t('talk.changed', values) : t('talk.cleared', values);
  });
  if (texts.length === 0) {
    if (!i18n.exists(`kind.${event.kind}`)) return null;
    texts.push(t('talk.happened', { who, what: t(`kind.${event.kind}`) }));
  }
  return (
    <div className="event quiet">
      {texts.join(' · ')} · {relativeTime(event.occurredAt, i18n.language)}
    </div>
  );
}

import { useRouter } from '@tanstack/react-router';
import { memo, useEffect, useState, type MouseEvent } from 'react';
import { useQuery } from 'urql';
import { AgeIn, Avatar, PrioritySign, StatusSign } from '@/components/marks';
import { graphql, unmask, type FragmentType } from '@/graphql/generated';
import type { TicketRow_ticketFragment } from '@/graphql/generated/graphql';
import { whenIdle } from '@/lib/idle';
import type { Formats } from '@/lib/time';
import type { Column } from './columns';
import type { RowWords } from './row-words';
import type { Listed } from './ticket-list';
import styles from './ticket-table.module.css';

export const TicketRowFields = graphql(`
  fragment TicketRow_ticket on Ticket {
    id
    number
    subject
    status
    priority
    version
    unread
    createdAt
    updatedAt
    requester {
      id
      name
    }
    assignee {
      id
      name
    }
    category {
      id
      name
    }
    tags {
      id
      name
    }
    queue {
      id
      name
    }
  }
`);

const TicketRowDocument = graphql(`
  query TicketRow($id: ID!) {
    node(id: $id) {
      id
      ... on Ticket {
        ...TicketRow_ticket
      }
    }
  }
`);

/**
 * A list's ticket as the cache has it now; null for the moment in which it is not there. A row that has just come with
 * its list shows that, and asks the cache when there is time: most rows of a list that is scrolled through are gone by
 * then.
 */
export function useTicketRow(id: string, fresh: Listed | undefined): TicketRow_ticketFragment | null {
  const [isFollowed, setIsFollowed] = useState(fresh === undefined);
  useEffect(() => (isFollowed ? undefined : whenIdle(() => setIsFollowed(true))), [isFollowed]);
  const [{ data }] = useQuery({ query: TicketRowDocument, variables: { id }, pause: !isFollowed });
  const node = data ? data.node : fresh;
  if (!node || !id.startsWith('ticket_')) return null;
  return unmask(TicketRowFields, node as FragmentType<typeof TicketRowFields>);
}

export type RowProps = {
  id: string;
  fresh: Listed | undefined;
  /** Place in the list, from 0. */
  index: number;
  top: number;
  columns: readonly Column[];
  isCompact: boolean;
  template: string;
  words: RowWords;
  formats: Formats;
  isActive: boolean;
  isSelected: boolean;
  isGone: boolean;
  isUpdated: boolean;
  onOpen: (ticket: TicketRow_ticketFragment) => void;
  onActivate: (index: number) => void;
  onPrefetch: (number: number) => void;
  onSelect: (index: number, range: boolean) => void;
};

/** One ticket in the table. */
export const TicketRow = memo(function TicketRow(props: RowProps) {
  const { words, formats } = props;
  const ticket = useTicketRow(props.id, props.fresh);
  const { index, isActive, isSelected, isGone, isUpdated } = props;
  const open = (event: MouseEvent) => {
    if (ticket && !(event.target as Element).closest('[data-select], a')) props.onOpen(ticket);
  };
  const classes = [
    styles.row,
    ticket?.unread && styles.unread,
    isSelected && styles.selected,
    isGone && styles.gone,
  ]
    .filter(Boolean)
    .join(' ');
  return (
    // The keys of a row are commands of the table (j, k, enter, x), which the help sheet lists.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-index={index}
      data-ticket={props.id}
      tabIndex={isActive ? 0 : -1}
      className={classes}
      style={{ transform: `translateY(${props.top}px)`, gridTemplateColumns: props.template }}
      onClick={open}
      onFocus={() => {
        props.onActivate(index);
        if (ticket) props.onPrefetch(ticket.number);
      }}
      onPointerEnter={() => {
        if (ticket) props.onPrefetch(ticket.number);
      }}
    >
      <div role="gridcell" className={styles.select} data-select>
        <input
          type="checkbox"
          className={styles.box}
          tabIndex={-1}
          checked={isSelected}
          aria-label={words.select(ticket?.number)}
          onChange={() => undefined}
          onClick={(event) => props.onSelect(index, event.shiftKey)}
        />
      </div>
      {props.isCompact ? (
        <div role="gridcell" className={styles.compact}>
          {ticket ? <Compact {...{ ticket, isUpdated, isGone, words, formats }} /> : null}
        </div>
      ) : null}
      {(props.isCompact ? [] : props.columns).map((column) => (
        <div key={column} role="gridcell" className={`${styles.cell} ${styles[column] ?? ''}`}>
          {ticket ? <Cell {...{ column, ticket, isUpdated, isGone, words, formats }} /> : null}
        </div>
      ))}
    </div>
  );
});

/** A row of a narrow window: two lines in place of columns. */
function Compact(props: Omit<CellProps, 'column'>) {
  const { ticket, words, formats } = props;
  return (
    <>
      <div className={`${styles.compactLine ?? ''} ${styles.subject ?? ''}`}>
        <Cell {...props} column="subject" />
        <span className={styles.dim}>
          <AgeIn time={ticket.createdAt} formats={formats} />
        </span>
      </div>
      <div className={styles.compactLine}>
        <StatusSign status={ticket.status} name={words.status[ticket.status]} bare />
        <PrioritySign priority={ticket.priority} name={words.priority[ticket.priority]} bare />
        <span className={`${styles.text ?? ''} ${styles.dim ?? ''}`}>
          #{ticket.number} · {ticket.requester?.name}
        </span>
      </div>
    </>
  );
}

type CellProps = {
  column: Column;
  ticket: TicketRow_ticketFragment;
  isUpdated: boolean;
  isGone: boolean;
  words: RowWords;
  formats: Formats;
};

function Cell({ column, ticket, isUpdated, isGone, words, formats }: CellProps) {
  switch (column) {
    case 'number':
      return ticket.number;
    case 'subject':
      return (
        <>
          {ticket.unread ? (
            <span className={styles.dot} role="img" aria-label={isUpdated ? words.updated : words.unread} />
          ) : null}
          <span className={styles.text} title={ticket.subject}>
            {ticket.subject}
          </span>
          {isGone ? <span className={styles.left}>{words.left}</span> : null}
        </>
      );
    case 'status':
      return <StatusSign status={ticket.status} name={words.status[ticket.status]} />;
    case 'priority':
      return <PrioritySign priority={ticket.priority} name={words.priority[ticket.priority]} />;
    case 'requester':
      return ticket.requester ? <Requester {...ticket.requester} /> : null;
    case 'assignee':
      return ticket.assignee ? (
        <>
          <Avatar name={ticket.assignee.name} size={18} />
          <span className={styles.text}>{ticket.assignee.name}</span>
        </>
      ) : (
        <span className={styles.faint}>{words.nobody}</span>
      );
    case 'category':
      return ticket.category?.name;
    case 'queue':
      return ticket.queue?.name;
    case 'tags':
      return ticket.tags.map((tag) => tag.name).join(', ');
    case 'age':
      return <AgeIn time={ticket.createdAt} formats={formats} />;
    case 'updated':
      return <AgeIn time={ticket.updatedAt} formats={formats} />;
  }
}

/** A plain link: rows are many, and each of the router's looks at every change of the address. */
function Requester({ id, name }: { id: string; name: string }) {
  const router = useRouter();
  const open = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    void router.navigate({ to: '/people/$personId', params: { personId: id } });
  };
  return (
    <a href={`/people/${id}`} tabIndex={-1} className={`${styles.text} ${styles.link}`} onClick={open}>
      {name}
    </a>
  );
}

import { Checkbox } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { memo, type MouseEvent } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { Age, Avatar, PriorityMark, StatusMark } from '@/components/marks';
import { graphql, unmask, type FragmentType } from '@/graphql/generated';
import type { TicketRow_ticketFragment } from '@/graphql/generated/graphql';
import type { Column } from './columns';
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

/** A list's ticket as the cache has it now; null for the moment in which it is not there. */
export function useTicketRow(id: string): TicketRow_ticketFragment | null {
  const [{ data }] = useQuery({ query: TicketRowDocument, variables: { id } });
  const node = data?.node;
  if (!node || !id.startsWith('ticket_')) return null;
  return unmask(TicketRowFields, node as FragmentType<typeof TicketRowFields>);
}

export type RowProps = {
  id: string;
  /** Place in the list, from 0. */
  index: number;
  top: number;
  columns: readonly Column[];
  isCompact: boolean;
  template: string;
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
  const { t } = useText('tickets');
  const ticket = useTicketRow(props.id);
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
        <Checkbox
          size="xs"
          tabIndex={-1}
          checked={isSelected}
          aria-label={t('row.select', { number: ticket?.number ?? '' })}
          onChange={() => undefined}
          onClick={(event) => props.onSelect(index, event.shiftKey)}
        />
      </div>
      {props.isCompact ? (
        <div role="gridcell" className={styles.compact}>
          {ticket ? <Compact ticket={ticket} isUpdated={isUpdated} isGone={isGone} /> : null}
        </div>
      ) : null}
      {(props.isCompact ? [] : props.columns).map((column) => (
        <div key={column} role="gridcell" className={`${styles.cell} ${styles[column] ?? ''}`}>
          {ticket ? <Cell column={column} ticket={ticket} isUpdated={isUpdated} isGone={isGone} /> : null}
        </div>
      ))}
    </div>
  );
});

/** A row of a narrow window: two lines in place of columns. */
function Compact({ ticket, isUpdated, isGone }: Omit<CellProps, 'column'>) {
  return (
    <>
      <div className={`${styles.compactLine ?? ''} ${styles.subject ?? ''}`}>
        <Cell column="subject" ticket={ticket} isUpdated={isUpdated} isGone={isGone} />
        <span className={styles.dim}>
          <Age time={ticket.createdAt} />
        </span>
      </div>
      <div className={styles.compactLine}>
        <StatusMark status={ticket.status} bare />
        <PriorityMark priority={ticket.priority} bare />
        <span className={`${styles.text ?? ''} ${styles.dim ?? ''}`}>
          #{ticket.number} · {ticket.requester?.name}
        </span>
      </div>
    </>
  );
}

type CellProps = { column: Column; ticket: TicketRow_ticketFragment; isUpdated: boolean; isGone: boolean };

function Cell({ column, ticket, isUpdated, isGone }: CellProps) {
  const { t } = useText('tickets');
  switch (column) {
    case 'number':
      return <span className={styles.dim}>{ticket.number}</span>;
    case 'subject':
      return (
        <>
          {ticket.unread ? (
            <span
              className={styles.dot}
              role="img"
              aria-label={t(isUpdated ? 'row.updated' : 'row.unread')}
            />
          ) : null}
          <span className={styles.text} title={ticket.subject}>
            {ticket.subject}
          </span>
          {isGone ? <span className={styles.left}>{t('row.left')}</span> : null}
        </>
      );
    case 'status':
      return <StatusMark status={ticket.status} />;
    case 'priority':
      return <PriorityMark priority={ticket.priority} />;
    case 'requester':
      return ticket.requester ? <Requester {...ticket.requester} /> : null;
    case 'assignee':
      return ticket.assignee ? (
        <>
          <Avatar name={ticket.assignee.name} size={18} />
          <span className={styles.text}>{ticket.assignee.name}</span>
        </>
      ) : (
        <span className={styles.faint}>{t('row.nobody')}</span>
      );
    case 'category':
      return <span className={styles.text}>{ticket.category?.name}</span>;
    case 'queue':
      return <span className={styles.text}>{ticket.queue?.name}</span>;
    case 'tags':
      return (
        <span className={`${styles.text} ${styles.dim ?? ''}`}>
          {ticket.tags.map((tag) => tag.name).join(', ')}
        </span>
      );
    case 'age':
      return <Age time={ticket.createdAt} />;
    case 'updated':
      return <Age time={ticket.updatedAt} />;
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

import type { TicketOrder_ticketFragment, TicketOrder, TicketPriority } from '@/graphql/generated/graphql';

export type OrderFields = Pick<
  TicketOrder_ticketFragment,
  'id' | 'number' | 'priority' | 'createdAt' | 'updatedAt'
>;

const URGENCY: Record<TicketPriority, number> = { URGENT: 0, HIGH: 1, NORMAL: 2, LOW: 3 };

/** Compares two tickets as the desk orders its lists. */
export function compare(order: TicketOrder, a: OrderFields, b: OrderFields): number {
  switch (order) {
    case 'NEWEST':
      return byTime(b.createdAt, a.createdAt) || b.number - a.number;
    case 'OLDEST':
      return byTime(a.createdAt, b.createdAt) || a.number - b.number;
    case 'RECENTLY_UPDATED':
      return byTime(b.updatedAt, a.updatedAt) || b.number - a.number;
    case 'PRIORITY_THEN_AGE':
      return (
        URGENCY[a.priority] - URGENCY[b.priority] || byTime(a.createdAt, b.createdAt) || a.number - b.number
      );
  }
}

/** Times come with up to six digits of a second, trailing zeros left out, so text does not compare. */
function byTime(a: string, b: string): number {
  return Date.parse(a) - Date.parse(b) || fraction(a) - fraction(b);
}

function fraction(time: string): number {
  const digits = /\.(\d+)/.exec(time)?.[1] ?? '';
  return Number(digits.slice(0, 6).padEnd(6, '0'));
}

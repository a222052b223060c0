import type {
  TicketFilterInput,
  TicketOrder,
  TicketPriority,
  TicketStatus,
} from '@/graphql/generated/graphql';

/**
 * What the address says about a ticket list. All values are text, lists with commas between them, so that an address
 * can be read, typed and sent to somebody.
 */
export type TicketSearch = {
  /** Statuses, or `all`; open tickets if not given. */
  status?: string;
  priority?: string;
  category?: string;
  /** `me`, `none`, or a user's id. */
  assignee?: string;
  requester?: string;
  tag?: string;
  text?: string;
  /** Days such as 2026-11-28. */
  from?: string;
  until?: string;
  order?: string;
};

/** Where a list comes from, beside what its address says. */
export type ListScope = {
  queueId?: string;
  /** `mine`: assigned to the viewer. `unassigned`: to nobody. */
  view?: 'mine' | 'unassigned';
  /** Conditions of a saved view that an address does not hold. */
  base?: TicketFilterInput;
  requesterId?: string;
};

export function isView(view: string): view is NonNullable<ListScope['view']> {
  return view === 'mine' || view === 'unassigned';
}

export const STATUSES: readonly TicketStatus[] = ['OPEN', 'PENDING', 'SOLVED', 'CLOSED'];
export const PRIORITIES: readonly TicketPriority[] = ['URGENT', 'HIGH', 'NORMAL', 'LOW'];
export const ORDERS: readonly TicketOrder[] = ['NEWEST', 'OLDEST', 'PRIORITY_THEN_AGE', 'RECENTLY_UPDATED'];

const KEYS = [
  'status',
  'priority',
  'category',
  'assignee',
  'requester',
  'tag',
  'text',
  'from',
  'until',
  'order',
] as const satisfies readonly (keyof TicketSearch)[];

/** Takes from an address what belongs to a list, and leaves out what is empty or unknown. */
export function readSearch(search: Record<string, unknown>): TicketSearch {
  const found: TicketSearch = {};
  for (const key of KEYS) {
    const value = search[key];
    if (typeof value === 'string' && value !== '') found[key] = value;
  }
  return found;
}

export function listOf(text: string | undefined): string[] {
  return text ? text.split(',').filter((item) => item !== '') : [];
}

/** A list as text, undefined for an empty one. */
export function textOf(items: readonly string[]): string | undefined {
  return items.length > 0 ? items.join(',') : undefined;
}

/** The statuses a list shows; empty: all. */
export function statusesOf(search: TicketSearch): TicketStatus[] {
  if (search.status === 'all') return [];
  const chosen = STATUSES.filter((status) => listOf(search.status).includes(status));
  return chosen.length > 0 ? chosen : ['OPEN'];
}

export function orderOf(search: TicketSearch): TicketOrder {
  return ORDERS.find((order) => order === search.order) ?? 'NEWEST';
}

/** Whether anything but status and order narrows the list. */
export function isNarrowed(search: TicketSearch): boolean {
  return KEYS.some((key) => key !== 'status' && key !== 'order' && search[key] !== undefined);
}

function assigneeOf({ view }: ListScope, search: TicketSearch): string | undefined {
  return view === 'mine' ? 'me' : view === 'unassigned' ? 'none' : search.assignee;
}

/** What a list asks for, as the graph takes it. */
export function filterOf(scope: ListScope, search: TicketSearch, viewerId: string): TicketFilterInput {
  const filter: TicketFilterInput = { ...scope.base };
  if (scope.queueId !== undefined) filter.queueIds = [scope.queueId];
  const statuses = statusesOf(search);
  if (statuses.length > 0) filter.statuses = statuses;
  const priorities = PRIORITIES.filter((priority) => listOf(search.priority).includes(priority));
  if (priorities.length > 0) filter.priorities = priorities;
  if (search.category) filter.categoryIds = listOf(search.category);
  if (search.tag) filter.tagIds = listOf(search.tag);
  const requesterId = scope.requesterId ?? search.requester;
  if (requesterId) filter.requesterId = requesterId;
  if (search.text) filter.text = search.text;
  const from = dayOf(search.from);
  if (from) filter.createdFrom = from.toISOString();
  const until = dayOf(search.until);
  // The day itself is in.
  if (until)
    filter.createdUntil = new Date(until.getFullYear(), until.getMonth(), until.getDate() + 1).toISOString();
  const assignee = assigneeOf(scope, search);
  if (assignee === 'me') filter.assigneeId = viewerId;
  else if (assignee === 'none') filter.unassigned = true;
  else if (assignee) filter.assigneeId = assignee;
  return filter;
}

/** Midnight of a day, here; undefined for what is no day. */
function dayOf(text: string | undefined): Date | undefined {
  if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const day = new Date(`${text}T00:00:00`);
  return Number.isNaN(day.getTime()) ? undefined : day;
}

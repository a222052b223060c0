import { graphql } from '@/graphql/generated';
import type { SavedView_viewFragment, TicketFilterInput } from '@/graphql/generated/graphql';
import { filterOf, ORDERS, textOf, type ListScope, type TicketSearch } from './search';

export const SavedViewFields = graphql(`
  fragment SavedView_view on SavedView {
    id
    name
    sharedWith
    queue {
      id
      name
    }
    order
    columns
    position
    owner {
      id
    }
    viewerMayChange
    unknownIds
    filter {
      queueIds
      statuses
      priorities
      categoryIds
      assigneeId
      unassigned
      assignedToMe
      requesterId
      tagIds
      text
      createdFrom
      createdUntil
      updatedFrom
      updatedUntil
    }
  }
`);

/** All views the viewer sees, with how many tickets each shows. */
export const SavedViewsDocument = graphql(`
  query SavedViews {
    savedViews {
      id
      ticketCount
      ...SavedView_view
    }
  }
`);

export type SavedView = SavedView_viewFragment;

/** A view's filter as the graph takes it, without conditions that ask for nothing. */
export function inputOf(filter: SavedView['filter']): TicketFilterInput {
  const asked = Object.entries(filter).filter(
    ([key, value]) => key !== '__typename' && value !== null && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(asked);
}

/** What a view keeps of a list: "assigned to me" means whoever looks. */
export function keptFilter(scope: ListScope, search: TicketSearch): TicketFilterInput {
  const { assigneeId, ...filter } = filterOf(scope, search, 'me');
  if (assigneeId === 'me') return { ...filter, assignedToMe: true };
  return assigneeId ? { ...filter, assigneeId } : filter;
}

/** A view as an address of a list, and what addresses do not hold. */
export function listOfView({ filter, order }: SavedView): { scope: ListScope; search: TicketSearch } {
  const { queueIds, updatedFrom, updatedUntil } = inputOf(filter);
  const base = Object.fromEntries(
    Object.entries({ queueIds, updatedFrom, updatedUntil }).filter(([, value]) => value !== undefined),
  );
  const parts: { [key in keyof TicketSearch]: string | null | undefined } = {
    status: filter.statuses.length === 0 ? 'all' : textOf(filter.statuses),
    priority: textOf(filter.priorities),
    category: textOf(filter.categoryIds),
    tag: textOf(filter.tagIds),
    assignee: filter.assignedToMe ? 'me' : filter.unassigned ? 'none' : filter.assigneeId,
    requester: filter.requesterId,
    text: filter.text,
    from: filter.createdFrom ? dayOf(filter.createdFrom, 0) : undefined,
    // An address names the last day, a filter the moment after it.
    until: filter.createdUntil ? dayOf(filter.createdUntil, -1) : undefined,
    order: order === ORDERS[0] ? undefined : order,
  };
  const search = Object.fromEntries(Object.entries(parts).filter(([, value]) => value));
  return { scope: { base }, search };
}

/** The day in which a moment lies here, such as 2026-11-28, a millisecond earlier or not. */
function dayOf(time: string, by: number): string {
  const day = new Date(Date.parse(time) + by);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

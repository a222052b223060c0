import type {
  TicketFilterInput,
  TicketPriority,
  TicketStatus,
} from '../../graphql/generated/graphql';

export const STATUSES: TicketStatus[] = ['OPEN', 'PENDING', 'SOLVED', 'CLOSED'];
export const PRIORITIES: TicketPriority[] = ['LOW', 'NORMAL', 'HIGH', 'URGENT'];

/** The filter an address names; what it does not know is left out. `me` is the viewer. */
export function filterOf(
  queueId: string,
  search: URLSearchParams,
  viewerId: string,
): Partial<TicketFilterInput> {
  const filter: Partial<TicketFilterInput> = { queueIds: [queueId] };
  const status = STATUSES.find((one) => one === search.get('status'));
  if (status) filter.statuses = [status];
  const assignee = search.get('assignee');
  if (assignee === 'nobody') filter.unassigned = true;
  else if (assignee) filter.assigneeId = assignee === 'me' ? viewerId : assignee;
  return filter;
}

import type { Client } from '@urql/core';
import { TicketList } from '@/features/tickets/list/ticket-list';
import { graphql } from '@/graphql/generated';
import type { Live } from '@/graphql/live';

const RequestsPageDocument = graphql(`
  query RequestsPage($filter: TicketFilterInput, $order: TicketOrder, $first: Int, $after: String) {
    tickets(filter: $filter, order: $order, first: $first, after: $after) {
      nodes {
        id
        ...TicketOrder_ticket
        ...RequestRow_ticket
      }
      pageInfo {
        hasNextPage
        endCursor
      }
      totalCount
      streamCursor
    }
  }
`);

const RequestsUpdates = graphql(`
  subscription RequestsUpdates($filter: TicketFilterInput, $after: Cursor) {
    queueUpdates(filter: $filter, after: $after) {
      kind
      cursor
      ticketId
      totalCount
      ticket {
        id
        ...TicketOrder_ticket
        ...RequestRow_ticket
      }
    }
  }
`);

const lists = new WeakMap<Client, TicketList>();

/** All tickets a customer may see, which are their own; kept while they look at one of them. */
export function ownRequests(client: Client, live: Live): TicketList {
  const known = lists.get(client);
  if (known) return known;
  const documents = { page: RequestsPageDocument, updates: RequestsUpdates };
  const list = new TicketList(client, live, {}, 'RECENTLY_UPDATED', documents);
  lists.set(client, list);
  return list;
}

import { graphql } from '@/graphql/generated';

export const TicketListPage = graphql(`
  query TicketListPage($filter: TicketFilterInput, $order: TicketOrder, $first: Int, $after: String) {
    tickets(filter: $filter, order: $order, first: $first, after: $after) {
      nodes {
        id
        ...TicketOrder_ticket
        ...TicketRow_ticket
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

export const TicketListUpdates = graphql(`
  subscription TicketListUpdates($filter: TicketFilterInput, $after: Cursor) {
    queueUpdates(filter: $filter, after: $after) {
      kind
      cursor
      ticketId
      totalCount
      ticket {
        id
        ...TicketOrder_ticket
        ...TicketRow_ticket
      }
      event {
        position
        origin
        actor {
          id
        }
      }
    }
  }
`);

/** What decides where a ticket stands in a list. */
export const TicketOrderFields = graphql(`
  fragment TicketOrder_ticket on Ticket {
    id
    number
    priority
    createdAt
    updatedAt
  }
`);

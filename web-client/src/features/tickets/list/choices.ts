import { graphql } from '@/graphql/generated';

/** What tickets can be narrowed by and changed to. */
export const TicketChoices = graphql(`
  query TicketChoices {
    categories {
      id
      name
    }
    tags {
      id
      name
    }
    queues {
      id
      name
      viewerRight
    }
    users(filter: { roles: [AGENT, LEAD, ADMIN], active: true }, first: 100) {
      nodes {
        id
        name
      }
    }
  }
`);

import type { Client } from '@urql/core';
import type { Graph } from '@/graphql/client';
import { graphql } from '@/graphql/generated';
import type { TicketFilterInput } from '@/graphql/generated/graphql';

/** Who is where: queues, and how many tickets are open in each. */
export const QueueNavDocument = graphql(`
  query QueueNav($mine: TicketFilterInput, $unassigned: TicketFilterInput, $all: TicketFilterInput) {
    queues {
      id
      name
      viewerRight
      ticketCount(statuses: [OPEN])
    }
    mine: tickets(filter: $mine, first: 1) {
      totalCount
    }
    unassigned: tickets(filter: $unassigned, first: 1) {
      totalCount
    }
    all: tickets(filter: $all, first: 1) {
      totalCount
    }
  }
`);

export function filtersOf(viewerId: string) {
  return {
    mine: { statuses: ['OPEN'], assigneeId: viewerId },
    unassigned: { statuses: ['OPEN'], unassigned: true },
    all: { statuses: ['OPEN'] },
  } satisfies Record<string, TicketFilterInput>;
}

/** From which place in the log on its answer is to be followed. */
type Early = { cursor: string | null };
const early = new WeakMap<Client, Early>();

/** Reads what the sidebar shows before it is there. */
export async function prefetchQueueNav({ client, live }: Graph, viewerId: string): Promise<void> {
  early.set(client, { cursor: live.cursor() });
  await client.query(QueueNavDocument, filtersOf(viewerId), { requestPolicy: 'network-only' }).toPromise();
}

/** The reading that began before the sidebar was there, if it is still as good as new. */
export function earlyQueueNav(client: Client): Early | undefined {
  return early.get(client);
}

export function forgetEarlyQueueNav(client: Client): void {
  early.delete(client);
}

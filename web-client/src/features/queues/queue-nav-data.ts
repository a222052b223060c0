import type { Client } from '@urql/core';
import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import { EARLY_MS, type Graph } from '@/graphql/client';
import { graphql } from '@/graphql/generated';
import type { TicketFilterInput } from '@/graphql/generated/graphql';

/**
 * Who is where: queues and saved views, and how many tickets there are in each. The heartbeat stands first: the desk takes
 * it from memory before anything in the request waits for the database, so it is never newer than the counts. Whatever
 * happened since may be missing from them, and comes by the stream.
 */
export const QueueNavDocument = graphql(`
  query QueueNav($mine: TicketFilterInput, $unassigned: TicketFilterInput, $all: TicketFilterInput) {
    heartbeat {
      cursor
    }
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
    savedViews {
      id
      ticketCount
      ...SavedView_view
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

/** When the sidebar was read before it was there. */
const readEarly = new WeakMap<Client, number>();

/** Reads the counts of the sidebar before it is there. */
export async function prefetchQueueNav({ client }: Graph, viewerId: string): Promise<void> {
  readEarly.set(client, Date.now());
  await client.query(QueueNavDocument, filtersOf(viewerId), { requestPolicy: 'network-only' }).toPromise();
}

/** Whether the counts of the sidebar have just been asked for. */
export function useIsReadEarly(): boolean {
  const client = useClient();
  const [isRead] = useState(() => Date.now() - (readEarly.get(client) ?? -Infinity) < EARLY_MS);
  useEffect(() => void readEarly.delete(client), [client]);
  return isRead;
}

import type { Client } from '@urql/core';
import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import { EARLY_MS, type Graph } from '@/graphql/client';
import { useLive } from '@/graphql/context';
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

/** Where in the log the first reading of the sidebar began, until the sidebar is there. */
const begun = new WeakMap<Client, { cursor: string | null; at: number }>();

/** Reads the counts of the sidebar before it is there. */
export async function prefetchQueueNav({ client, live }: Graph, viewerId: string): Promise<void> {
  begun.set(client, { cursor: live.cursor(), at: Date.now() });
  await client.query(QueueNavDocument, filtersOf(viewerId), { requestPolicy: 'network-only' }).toPromise();
}

/**
 * Where in the log counts go on from: whatever happened after this place may be missing from the answer. And whether
 * the answer was asked for already.
 */
export function useCountsFrom(): { cursor: string | null; isRead: boolean } {
  const client = useClient();
  const now = useLive().cursor();
  const [from] = useState(() => {
    const early = begun.get(client);
    return early && Date.now() - early.at < EARLY_MS
      ? { cursor: early.cursor, isRead: true }
      : { cursor: now, isRead: false };
  });
  useEffect(() => void begun.delete(client), [client]);
  return from;
}

import { useEffect, useMemo, useState } from 'react';
import { useClient } from 'urql';
import { pipe, subscribe } from 'wonka';
import { useLive } from '@/graphql/context';
import { graphql } from '@/graphql/generated';
import type { TicketFilterInput } from '@/graphql/generated/graphql';

const CountUpdates = graphql(`
  subscription CountUpdates($filter: TicketFilterInput, $after: Cursor) {
    queueUpdates(filter: $filter, after: $after) {
      kind
      cursor
      totalCount
    }
  }
`);

const Count = graphql(`
  query Count($filter: TicketFilterInput) {
    tickets(filter: $filter, first: 1) {
      totalCount
      streamCursor
    }
  }
`);

/** A count that was read, and a place in the log from before that. */
export type CountFrom = { count: number; cursor: string | null };

/**
 * How many tickets a filter has, from when it is known on; null until then. It is read here, unless it was read already:
 * then it goes on from `first`, which is looked at once.
 */
export function useLiveCount(filter: TicketFilterInput, first?: CountFrom): number | null {
  const client = useClient();
  const live = useLive();
  const [from] = useState(first);
  const [count, setCount] = useState<number | null>(from?.count ?? null);
  const key = JSON.stringify(filter);
  const stable = useMemo(() => JSON.parse(key) as TicketFilterInput, [key]);
  useEffect(() => {
    let stop: (() => void) | null = null;
    let isOver = false;
    const read = async () => {
      const before = live.cursor();
      const { data } = await client
        .query(Count, { filter: stable }, { requestPolicy: 'network-only' })
        .toPromise();
      if (isOver || !data) return;
      setCount(data.tickets.totalCount);
      follow(data.tickets.streamCursor ?? before);
    };
    const follow = (after: string | null) => {
      stop?.();
      const subscription = pipe(
        client.subscription(CountUpdates, { filter: stable, after }),
        subscribe(({ data: step }) => {
          if (!step) return;
          if (step.queueUpdates.kind === 'RESYNC') void read();
          else if (step.queueUpdates.totalCount !== null) setCount(step.queueUpdates.totalCount);
        }),
      );
      stop = () => subscription.unsubscribe();
    };
    if (from?.cursor) follow(from.cursor);
    else void read();
    return () => {
      isOver = true;
      stop?.();
    };
  }, [client, live, stable, from]);
  return count;
}

import { useCallback, useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';

import { graphql, unmask } from '../../graphql/generated';
import type {
  TicketFilterInput,
  TicketRowFragment as Fields,
} from '../../graphql/generated/graphql';
import { useLive } from '../../graphql/live';
import { messageOf } from '../../lib/messageOf';
import { addPage, applyStep, showNews, type TicketList } from './ticketList';
import { TicketRowFragment } from './TicketRow';

const PAGE = 50;

export const TicketPageDocument = graphql(`
  query TicketListPage($filter: TicketFilterInput, $first: Int, $after: String) {
    tickets(filter: $filter, order: NEWEST, first: $first, after: $after) {
      nodes {
        ...TicketRow
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

const QueueUpdatesDocument = graphql(`
  subscription QueueUpdates($filter: TicketFilterInput, $after: Cursor) {
    queueUpdates(filter: $filter, after: $after) {
      kind
      cursor
      ticketId
      ticket {
        ...TicketRow
      }
    }
  }
`);

type Filter = Partial<TicketFilterInput>;

/** The tickets of a filter, a page at a time, kept current by the desk's live steps. */
export function useTicketList(filter: Filter) {
  const client = useClient();
  const key = JSON.stringify(filter);
  const [list, setList] = useState<TicketList<Fields> | null>(null);
  const [error, setError] = useState('');
  const [attempt, setAttempt] = useState(0);
  const isLoading = useRef(false);

  const read = useCallback(
    async (after: string | null) => {
      const variables = { filter: JSON.parse(key) as TicketFilterInput, first: PAGE, after };
      const result = await client.query(TicketPageDocument, variables, {
        requestPolicy: 'network-only',
      });
      if (!result.data) throw new Error(result.error ? messageOf(result.error) : '');
      const { nodes, pageInfo, totalCount, streamCursor } = result.data.tickets;
      return {
        rows: nodes.map((node) => unmask(TicketRowFragment, node)),
        endCursor: pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null,
        total: totalCount,
        streamCursor: streamCursor ?? null,
      };
    },
    [client, key],
  );

  useEffect(() => {
    let isCurrent = true;
    isLoading.current = true;
    setError('');
    read(null)
      .then((page) => isCurrent && setList({ ...page, news: [] }))
      .catch((fault: Error) => isCurrent && setError(fault.message))
      .finally(() => isCurrent && (isLoading.current = false));
    return () => {
      isCurrent = false;
      setList(null);
    };
  }, [read, attempt]);

  useLive({
    document: QueueUpdatesDocument,
    variables: { filter: filter as TicketFilterInput },
    after: list?.streamCursor ?? undefined,
    isPaused: !list,
    cursorOf: (data) => data.queueUpdates.cursor,
    onStep: ({ queueUpdates: { kind, ticket, ticketId } }) => {
      if (kind === 'RESYNC') return setAttempt((count) => count + 1);
      setList((now) => {
        if (!now) return now;
        if (kind === 'LEAVE') return ticketId ? applyStep(now, { kind, id: ticketId }) : now;
        return ticket ? applyStep(now, { kind, row: unmask(TicketRowFragment, ticket) }) : now;
      });
    },
  });

  const loadMore = useCallback(
    (after: string) => {
      if (isLoading.current) return;
      isLoading.current = true;
      read(after)
        // A page of a list that was left meanwhile has another end.
        .then((page) =>
          setList((now) =>
            now?.endCursor === after ? addPage(now, page.rows, page.endCursor) : now,
          ),
        )
        .catch((fault: Error) => setError(fault.message))
        .finally(() => (isLoading.current = false));
    },
    [read],
  );

  return {
    list,
    error,
    loadMore,
    showNews: () => setList((now) => now && showNews(now)),
    retry: () => setAttempt((count) => count + 1),
  };
}

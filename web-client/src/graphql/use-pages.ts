import type { CombinedError, TypedDocumentNode } from '@urql/core';
import { createRequest } from '@urql/core';
import { useCallback, useEffect, useState } from 'react';
import { useClient } from 'urql';
import { pipe, subscribe } from 'wonka';
import { codeOf } from './errors';

type Connection<Node> = {
  nodes: readonly Node[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
};

export type Pages<Node> = {
  /** All that was read so far; null before the first page is there. */
  nodes: readonly Node[] | null;
  hasMore: boolean;
  isReading: boolean;
  /** Why the last page could not be read, as of `codeOf`. */
  failure: string | null;
  more: () => void;
  retry: () => void;
};

type Page<Data> = { data: Data | undefined; error: CombinedError | undefined };
type Read<Data> = { key: string; afters: readonly (string | null)[]; pages: readonly Page<Data>[] };

/**
 * A list that is read page by page, each from the cursor where the one before ended. Its pages stay in the cache, so
 * changes show in all of them. `connectionOf` must be the same function on every render.
 */
export function usePages<
  Data,
  Variables extends { after?: string | null | undefined },
  Node extends { id: string },
>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Omit<Variables, 'after'>,
  connectionOf: (data: Data) => Connection<Node> | null | undefined,
): Pages<Node> {
  const client = useClient();
  const key = JSON.stringify(variables);
  const [tries, setTries] = useState(0);
  const fresh: Read<Data> = { key, afters: [null], pages: [] };
  const [state, setState] = useState(fresh);
  // Another filter is another list, from its beginning.
  const read = state.key === key ? state : fresh;
  const last = read.afters.length - 1;

  useEffect(() => {
    const subscriptions = read.afters.map((after, at) => {
      const given = { ...(JSON.parse(key) as object), after } as unknown as Variables;
      const request = client.executeQuery(createRequest(document, given), {
        requestPolicy: tries > 0 && at === last ? 'network-only' : 'cache-and-network',
      });
      return pipe(
        request,
        subscribe(({ data, error }) => {
          setState((now) => {
            const base = now.key === key ? now : { key, afters: [null], pages: [] };
            const pages = [...base.pages];
            pages[at] = { data, error };
            return { ...base, pages };
          });
        }),
      );
    });
    return () => subscriptions.forEach((one) => one.unsubscribe());
    // Pages before the last one are there already and go on from the cache.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [client, document, key, last, tries]);

  const end = read.pages[last];
  const endConnection = end?.data ? connectionOf(end.data) : undefined;
  const next = endConnection?.pageInfo.hasNextPage ? endConnection.pageInfo.endCursor : undefined;
  const more = useCallback(() => {
    if (next) setState((now) => ({ ...now, afters: [...now.afters, next] }));
  }, [next]);
  const retry = useCallback(() => setTries((count) => count + 1), []);
  const connections = read.pages.map((page) => page.data && connectionOf(page.data));
  return {
    nodes: connections[0] ? unique(connections.flatMap((one) => one?.nodes ?? [])) : null,
    hasMore: Boolean(next),
    isReading: end === undefined,
    failure: codeOf(end?.error),
    more,
    retry,
  };
}

/** A row that has moved between two readings may stand on two pages. */
function unique<Node extends { id: string }>(nodes: readonly Node[]): Node[] {
  return [...new Map(nodes.map((node) => [node.id, node])).values()];
}

import type { AnyVariables, TypedDocumentNode } from '@urql/core';
import { useEffect, useRef } from 'react';
import { useClient } from 'urql';
import { onEnd, pipe, subscribe } from 'wonka';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

interface Live<Data, Variables> {
  document: TypedDocumentNode<Data, Variables>;
  variables: Omit<Variables, 'after'>;
  /** Where to begin; the cursor of each step takes its place. Undefined: from now on. */
  after?: string;
  cursorOf?: (data: Data) => string;
  onStep: (data: Data) => void;
  /** The stream broke and begins again by itself. */
  onBreak?: () => void;
  isPaused?: boolean;
}

/** Keeps a stream open. After a break it goes on from the newest cursor, so that nothing is missed or repeated. */
export function useLive<Data, Variables extends AnyVariables>(live: Live<Data, Variables>) {
  const client = useClient();
  const current = useRef(live);
  useEffect(() => {
    current.current = live;
  });
  const { document, isPaused } = live;
  const key = JSON.stringify([live.variables, live.after]);
  useEffect(() => {
    if (isPaused) return;
    let cursor = current.current.after;
    let wait = FIRST_WAIT_MS;
    let stopped = false;
    let timer = 0;
    let stop: () => void = () => undefined;
    const begin = () => {
      const variables = { ...current.current.variables, after: cursor } as unknown as Variables;
      let ended = false;
      const again = () => {
        if (stopped || ended) return;
        ended = true;
        current.current.onBreak?.();
        timer = window.setTimeout(begin, wait * (0.75 + Math.random() / 2));
        wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      };
      const running = pipe(
        client.subscription(document, variables),
        onEnd(again),
        subscribe((result) => {
          if (result.error || !result.data) return again();
          wait = FIRST_WAIT_MS;
          cursor = current.current.cursorOf?.(result.data) ?? cursor;
          current.current.onStep(result.data);
        }),
      );
      stop = running.unsubscribe;
    };
    begin();
    return () => {
      stopped = true;
      window.clearTimeout(timer);
      stop();
    };
  }, [client, document, isPaused, key]);
}

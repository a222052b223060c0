import { useCallback, useEffect, useRef } from 'react';
import { useClient } from 'urql';
import { useLive } from '@/graphql/context';

const load = () => import('./ticket-document');

/** A pointer that only passes over a row reads nothing. */
const REST_MS = 70;

/** Reads a ticket before it is opened, once something rests on it. */
export function usePrefetch(): (number: number) => void {
  const client = useClient();
  const live = useLive();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(
    (number: number) => {
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        void load().then(({ readTicket }) => readTicket(client, live, number));
      }, REST_MS);
    },
    [client, live],
  );
}

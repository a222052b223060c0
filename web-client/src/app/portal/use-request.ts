import { useEffect, useState } from 'react';
import { useClient, useQuery } from 'urql';
import { pipe, subscribe } from 'wonka';
import { useLive } from '@/graphql/context';
import { codeOf } from '@/graphql/errors';
import { graphql } from '@/graphql/generated';
import type { RequestQuery } from '@/graphql/generated/graphql';

const RequestDocument = graphql(`
  query Request($number: Int!) {
    ticket(number: $number) {
      id
      createdAt
      ...RequestRow_ticket
      messages(first: 50, order: NEWEST) {
        ...RequestMessages
      }
      mergedInto {
        id
        number
      }
    }
  }
`);

const RequestUpdates = graphql(`
  subscription RequestUpdates($id: ID!, $after: Cursor) {
    ticketUpdates(id: $id, after: $after) {
      cursor
      resync
      ticket {
        id
        ...RequestRow_ticket
        mergedInto {
          id
          number
        }
      }
      message {
        ...RequestMessage
      }
    }
  }
`);

const MarkRequestSeen = graphql(`
  mutation MarkRequestSeen($input: MarkTicketSeenInput!) {
    markTicketSeen(input: $input) {
      ticket {
        id
        unread
      }
      errors {
        code
      }
    }
  }
`);

export type Request = NonNullable<RequestQuery['ticket']>;

type State =
  | { kind: 'loading' | 'missing' }
  | { kind: 'failed'; code: string; retry: () => void }
  | { kind: 'ready'; request: Request };

/** One ticket of the customer, live; what is shown counts as seen. */
export function useRequest(number: number): State {
  const client = useClient();
  const live = useLive();
  const isNumber = Number.isInteger(number);
  const [code, setCode] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [{ data }] = useQuery({
    query: RequestDocument,
    variables: { number },
    pause: !isNumber,
    requestPolicy: 'cache-only',
  });

  useEffect(() => {
    if (!isNumber) return undefined;
    let isOver = false;
    let stop: () => void = () => undefined;
    let seen: (() => void) | null = null;
    const see = (id: string, upTo: string | null) => {
      seen = () => void client.mutation(MarkRequestSeen, { input: { id, upTo } }).toPromise();
      show();
    };
    const show = () => {
      if (document.hidden) return;
      seen?.();
      seen = null;
    };
    const follow = (id: string, after: string | null) => {
      const subscription = pipe(
        client.subscription(RequestUpdates, { id, after }),
        subscribe((result) => {
          const step = result.data?.ticketUpdates;
          if (!step) return;
          if (step.resync) void read();
          else see(id, step.cursor);
        }),
      );
      return () => subscription.unsubscribe();
    };
    const read = async () => {
      stop();
      // What happens while it is read comes by the stream.
      const before = live.cursor();
      const answer = await client
        .query(RequestDocument, { number }, { requestPolicy: 'network-only' })
        .toPromise();
      if (isOver) return;
      setCode(codeOf(answer.error));
      const id = answer.data?.ticket?.id;
      if (id === undefined) return;
      stop = follow(id, before);
      see(id, null);
    };
    void read();
    document.addEventListener('visibilitychange', show);
    return () => {
      isOver = true;
      stop();
      document.removeEventListener('visibilitychange', show);
    };
  }, [client, live, number, isNumber, attempt]);

  if (data?.ticket) return { kind: 'ready', request: data.ticket };
  if (code !== null) return { kind: 'failed', code, retry: () => setAttempt(attempt + 1) };
  return { kind: data || !isNumber ? 'missing' : 'loading' };
}

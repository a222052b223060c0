import { cacheExchange } from '@urql/exchange-graphcache';
import { Client, fetchExchange, mapExchange, subscriptionExchange } from '@urql/core';
import { createClient as createSocket } from 'graphql-ws';

/** Types without an id: part of what holds them. */
const embedded = [
  'DecidingWord',
  'Event',
  'FieldChange',
  'Heartbeat',
  'MessageConnection',
  'PageInfo',
  'Presence',
  'QueueMember',
  'QueueUpdate',
  'RunnerUp',
  'TicketConnection',
  'TicketUpdate',
  'UserError',
  'Viewer',
];

/** A client with an empty cache. `onSignedOut` runs when the desk no longer knows the session. */
export function createGraph(onSignedOut: () => void) {
  const socket = createSocket({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    // Streams are begun again by useLive, with the newest cursor; a retry here would repeat the first one.
    retryAttempts: 0,
  });
  const client = new Client({
    url: '/graphql',
    preferGetMethod: false,
    exchanges: [
      mapExchange({
        onError(error) {
          if (error.graphQLErrors.some((one) => one.extensions.code === 'UNAUTHENTICATED'))
            onSignedOut();
        },
      }),
      cacheExchange({ keys: Object.fromEntries(embedded.map((name) => [name, () => null])) }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe(
              { query: query ?? '', variables: variables as Record<string, unknown> },
              // graphql-ws types data as unknown maps; urql checks nothing of it either way.
              sink as Parameters<typeof socket.subscribe>[1],
            ),
          }),
        }),
      }),
    ],
  });
  return { client, close: () => void socket.dispose() };
}

import { Client, fetchExchange, subscriptionExchange, type Exchange } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { graphCache } from './cache';
import { isUnauthenticated } from './errors';
import { createLive, type Live } from './live';
import { Newest, newestExchange } from './newest';

/** The graph as the console uses it: one cache, one socket. */
export type Graph = { client: Client; live: Live };

/** What was read before it is shown is as good as new for so long. */
export const EARLY_MS = 10_000;

export type GraphOptions = {
  /**
   * Waits until somebody is signed in again. What was refused because the session had ended, changes included, is then
   * sent once more.
   */
  signedIn: () => Promise<void>;
  /** In place of HTTP; for tests. */
  transport?: Exchange;
  webSocketImpl?: unknown;
};

const PATH = '/graphql';

/**
 * This page's name for itself: how it knows its own events in the stream, and itself among those who are on a ticket.
 */
export const clientId = `console-${Array.from(crypto.getRandomValues(new Uint32Array(2)), (part) => part.toString(36)).join('')}`;

/** What every request carries, for the few that need more. */
export const fetchOptions = { headers: { 'x-deskwire-origin': clientId } };

export function createGraph({ signedIn, transport, webSocketImpl }: GraphOptions): Graph {
  const url = new URL(PATH, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const live = createLive({ url: url.href, origin: clientId, signedIn, webSocketImpl });
  const client = new Client({
    url: PATH,
    // GET is for links; POST carries the header that other sites cannot send.
    preferGetMethod: false,
    fetchOptions,
    exchanges: [
      graphCache(),
      newestExchange(new Newest()),
      authExchange(() =>
        Promise.resolve({
          addAuthToOperation: (operation) => operation,
          didAuthError: (error) => isUnauthenticated(error),
          refreshAuth: signedIn,
        }),
      ),
      ...(transport
        ? [transport]
        : [subscriptionExchange({ forwardSubscription: live.forward }), fetchExchange]),
    ],
  });
  return { client, live };
}

/** Without cache and without waiting for anybody: what signing in and out is done with. */
export function createPlainClient(transport?: Exchange): Client {
  return new Client({
    url: PATH,
    preferGetMethod: false,
    requestPolicy: 'network-only',
    fetchOptions,
    exchanges: [transport ?? fetchExchange],
  });
}

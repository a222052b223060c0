import { stringifyDocument, type SubscriptionForwarder } from '@urql/core';
import { createClient, type Client as Socket } from 'graphql-ws';
import { createStore, type Store } from '@/lib/store';
import { graphql } from './generated';

/**
 * The live stream: one socket for everything on the page.
 *
 * Every subscription that carries cursors goes on from the last one after a disconnect, because its variable `after`
 * follows what came in; the desk then sends what was missed, each step once. Nobody else has to know that the socket
 * was gone, except to say so: that is `health`.
 */
export type Live = {
  health: Store<Health>;
  /** Runs one subscription, reconnects included. */
  forward: SubscriptionForwarder;
  /** The newest place in the log that is known to have been reached; null before the first heartbeat. */
  cursor: () => string | null;
  /** Notes a place in the log that an answer told of. */
  reached: (cursor: string | null | undefined) => void;
  /** Opens the socket, for whoever is signed in now. */
  start: () => void;
  /** Closes the socket. */
  stop: () => void;
};

export type Health = {
  /**
   * - `connecting`: the page has just been opened
   * - `live`: what is committed is shown as it happens
   * - `catching-up`: connected, and behind: what was missed is coming in, or the desk itself is behind
   * - `offline`: no connection, or one on which nothing comes
   */
  state: 'connecting' | 'live' | 'catching-up' | 'offline';
  /** Up to when everything is known, in milliseconds of this computer's clock; null before the first heartbeat. */
  newestAt: number | null;
};

export type LiveOptions = {
  url: string;
  /** This page's name for itself. */
  origin: string;
  /** Waits until somebody is signed in again. */
  signedIn: () => Promise<void>;
  /** For tests. */
  webSocketImpl?: unknown;
};

const HEARTBEAT_S = 2;
/** Without a heartbeat for so long, nothing on the page counts as fresh. */
const SILENT_MS = 8_000;
/** A heartbeat that was held up for longer says that the desk itself is behind. */
const HELD_UP_MS = 5_000;
/** Caught up when nothing older has come for so long. */
const QUIET_MS = 400;
/** The desk closes a socket with this code when its session has ended. */
const FORBIDDEN = 4403;

const Heartbeats = graphql(`
  subscription Heartbeats($every: Int) {
    heartbeats(every: $every) {
      ageMs
      cursor
    }
  }
`);

export function createLive(options: LiveOptions): Live {
  const health = createStore<Health>({ state: 'connecting', newestAt: null });
  let socket: Socket | null = null;
  let end: (() => void) | null = null;
  let newest: string | null = null;
  // Where the log stood when the socket was opened: behind it until then.
  let target: string | null = null;
  let quiet: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let isForbidden = false;

  const show = (state: Health['state'], newestAt = health.get().newestAt) => {
    const known = health.get();
    if (known.state !== state || known.newestAt !== newestAt) health.set({ state, newestAt });
  };
  const reached = (cursor: string | null | undefined) => {
    if (cursor && isAfter(cursor, newest)) newest = cursor;
  };
  const awaitHeartbeat = () => {
    clearTimeout(silence);
    silence = setTimeout(() => show('offline'), SILENT_MS);
  };
  const settle = () => {
    clearTimeout(quiet);
    quiet = setTimeout(() => show('live', Date.now()), QUIET_MS);
  };
  const onStep = (cursor: string) => {
    if (health.get().state === 'catching-up' && target !== null && !isAfter(target, cursor)) settle();
  };
  const onHeartbeat = (beat: { ageMs: number; cursor: string }) => {
    awaitHeartbeat();
    reached(beat.cursor);
    target ??= beat.cursor;
    if (beat.ageMs > HELD_UP_MS) show('catching-up');
    else if (health.get().state === 'live') show('live', Date.now() - beat.ageMs);
    else settle();
  };
  const onClosed = (event: unknown) => {
    isForbidden = (event as { code?: number }).code === FORBIDDEN;
    target = null;
    clearTimeout(quiet);
    clearTimeout(silence);
    if (socket) show('offline');
  };

  const start = () => {
    if (socket) return;
    socket = createClient({
      url: options.url,
      lazy: false,
      // A socket that died without a word is found out by a ping without an answer.
      keepAlive: 10_000,
      retryAttempts: Infinity,
      shouldRetry: () => true,
      retryWait: async (attempt) => {
        if (isForbidden) await options.signedIn();
        else await pause(attempt);
      },
      connectionParams: { origin: options.origin },
      ...(options.webSocketImpl === undefined ? {} : { webSocketImpl: options.webSocketImpl }),
      on: {
        connected: () => {
          isForbidden = false;
          show('catching-up');
          awaitHeartbeat();
        },
        closed: onClosed,
      },
      onNonLazyError: () => undefined,
    });
    end = socket.subscribe<{ heartbeats: { ageMs: number; cursor: string } }>(
      { query: stringifyDocument(Heartbeats), variables: { every: HEARTBEAT_S } },
      {
        next: ({ data }) => {
          if (data) onHeartbeat(data.heartbeats);
        },
        error: () => show('offline'),
        complete: () => undefined,
      },
    );
  };
  const stop = () => {
    const old = socket;
    socket = null;
    end?.();
    clearTimeout(quiet);
    clearTimeout(silence);
    void old?.dispose();
    health.set({ state: 'connecting', newestAt: null });
  };

  const forward: SubscriptionForwarder = (request) => ({
    subscribe: (sink) => {
      if (!socket || request.query === undefined) throw new Error('The live stream is not open.');
      const variables: Record<string, unknown> = { ...request.variables };
      // The client writes these variables anew each time it connects.
      const payload = { query: request.query, variables };
      const unsubscribe = socket.subscribe(payload, {
        next: (result) => {
          const cursor = cursorOf(result.data);
          if (cursor !== null) {
            variables.after = cursor;
            reached(cursor);
            onStep(cursor);
          }
          sink.next(result as Parameters<typeof sink.next>[0]);
        },
        error: (error) => sink.error(error),
        complete: () => sink.complete(),
      });
      return { unsubscribe };
    },
  });

  return { health, forward, cursor: () => newest, reached, start, stop };
}

/** The place in the log of a cursor such as `4f3a9c21-1042`. */
export function positionOf(cursor: string): number {
  return Number(cursor.slice(cursor.lastIndexOf('-') + 1));
}

/** Whether a cursor stands behind another one. One of another log counts as behind. */
function isAfter(cursor: string, other: string | null): boolean {
  if (other === null) return true;
  const log = (of: string) => of.slice(0, of.lastIndexOf('-'));
  return log(cursor) !== log(other) || positionOf(cursor) > positionOf(other);
}

function cursorOf(data: Record<string, unknown> | null | undefined): string | null {
  const step = data ? Object.values(data)[0] : undefined;
  const cursor = typeof step === 'object' && step !== null && 'cursor' in step ? step.cursor : null;
  return typeof cursor === 'string' ? cursor : null;
}

/** Half a second, doubled each time up to ten; not all clients at once, and at once when the network is back. */
function pause(attempt: number): Promise<void> {
  const ms = Math.min(10_000, 500 * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random() / 2);
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    window.addEventListener('online', done);
  });
}

import { CombinedError, type Client } from '@urql/core';
import { remember, remembered } from '@/lib/storage';
import { createStore, type Store } from '@/lib/store';
import { codeOf } from '@/graphql/errors';
import { graphql } from '@/graphql/generated';
import type { SessionQuery } from '@/graphql/generated/graphql';

const SessionDocument = graphql(`
  query Session {
    viewer {
      user {
        id
        name
        email
        role
      }
      expiresAt
    }
    heartbeat {
      cursor
    }
  }
`);

const SignInDocument = graphql(`
  mutation SignIn($input: SignInInput!) {
    signIn(input: $input) {
      expiresAt
    }
  }
`);

const SignOutDocument = graphql(`
  mutation SignOut {
    signOut {
      signedOut
    }
  }
`);

/** Who is signed in. */
export type Viewer = NonNullable<SessionQuery['viewer']>['user'];

/** What reading depends on. */
export type Reader = Pick<Viewer, 'id' | 'role'>;

export type SessionState =
  | { kind: 'loading' }
  /** The desk could not be asked; `code` as in `codeOf`. */
  | { kind: 'failed'; code: string }
  | { kind: 'signed-out' }
  | { kind: 'signed-in'; viewer: Viewer }
  /** The session has ended under `viewer`, whose page stays as it is until they have signed in again. */
  | { kind: 'expired'; viewer: Viewer };

export type SignInOutcome = 'ok' | 'wrong' | 'other-user' | { code: string; retryAfterS: number | null };

export type Session = {
  state: Store<SessionState>;
  /** Asks the desk who is signed in. */
  load: () => Promise<void>;
  signIn: (email: string, password: string) => Promise<SignInOutcome>;
  signOut: () => Promise<void>;
  /** Who is signed in, as soon as the desk has said so; null: nobody, or it could not be asked. */
  viewer: () => Promise<Viewer | null>;
  /**
   * The same, at once where this browser remembers who it was the last time: good enough to begin reading with, while
   * the desk is still saying who it is.
   */
  likelyViewer: () => Promise<Reader | null>;
  /** Resolves when somebody is signed in, which may take as long as a person needs. */
  signedIn: () => Promise<void>;
};

export function createSession(
  client: Client,
  onCursor: (cursor: string | null | undefined) => void,
): Session {
  const state = createStore<SessionState>({ kind: 'loading' });
  let asking: Promise<void> | null = null;
  state.subscribe(() => {
    const now = state.get();
    if (now.kind === 'signed-in') rememberReader(now.viewer);
    if (now.kind === 'signed-out') rememberReader(null);
  });

  const ask = async (): Promise<SessionQuery | CombinedError> => {
    const { data, error } = await client.query(SessionDocument, {}).toPromise();
    onCursor(data?.heartbeat?.cursor);
    // Without a session the heartbeat is refused, which says nothing about who asks.
    const isKnown = data && !error?.graphQLErrors.some((one) => one.path?.[0] === 'viewer');
    return isKnown ? data : (error ?? new CombinedError({ networkError: new Error('no answer') }));
  };
  const load = async () => {
    const answer = await ask();
    if (!('viewer' in answer)) state.set({ kind: 'failed', code: codeOf(answer) ?? 'INTERNAL' });
    else if (answer.viewer) state.set({ kind: 'signed-in', viewer: answer.viewer.user });
    else state.set({ kind: 'signed-out' });
  };
  const signIn = async (email: string, password: string): Promise<SignInOutcome> => {
    const before = state.get();
    const { error } = await client.mutation(SignInDocument, { input: { email, password } }).toPromise();
    const code = codeOf(error);
    if (code === 'UNAUTHENTICATED') return 'wrong';
    if (code !== null) {
      const seconds = error?.graphQLErrors[0]?.extensions.retryAfterSeconds;
      return { code, retryAfterS: typeof seconds === 'number' ? seconds : null };
    }
    const answer = await ask();
    if (!('viewer' in answer) || !answer.viewer) return { code: 'NETWORK', retryAfterS: null };
    // Nothing of the one may show to the other: the page begins anew.
    if (before.kind === 'expired' && before.viewer.id !== answer.viewer.user.id) return 'other-user';
    state.set({ kind: 'signed-in', viewer: answer.viewer.user });
    return 'ok';
  };
  const signOut = async () => {
    await client.mutation(SignOutDocument, {}).toPromise();
    state.set({ kind: 'signed-out' });
  };
  /** A refusal may be about something else, or older than a session that has begun since. */
  const confirm = async () => {
    const answer = await ask();
    const now = state.get();
    if (now.kind === 'signed-in' && 'viewer' in answer && answer.viewer?.user.id !== now.viewer.id) {
      state.set({ kind: 'expired', viewer: now.viewer });
    }
  };
  const signedIn = async () => {
    asking ??= confirm().finally(() => {
      asking = null;
    });
    await asking;
    await until(state, (now) => now.kind === 'signed-in');
  };
  const viewer = async () => {
    await until(state, ({ kind }) => kind !== 'loading');
    const now = state.get();
    return 'viewer' in now ? now.viewer : null;
  };
  const likelyViewer = async () =>
    (state.get().kind === 'loading' ? rememberedReader() : null) ?? (await viewer());
  return { state, load, signIn, signOut, viewer, likelyViewer, signedIn };
}

function rememberReader(reader: Reader | null): void {
  remember('viewer', reader && JSON.stringify([reader.id, reader.role]));
}

function rememberedReader(): Reader | null {
  try {
    const [id, role] = JSON.parse(remembered('viewer') ?? '[]') as [Reader['id']?, Reader['role']?];
    return id !== undefined && role !== undefined ? { id, role } : null;
  } catch {
    return null;
  }
}

function until<T>(store: Store<T>, holds: (value: T) => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (holds(store.get())) {
      resolve();
      return;
    }
    const end = store.subscribe(() => {
      if (!holds(store.get())) return;
      end();
      resolve();
    });
  });
}

import { createContext, useContext } from 'react';
import { useStore } from '@/lib/store';
import type { Session, Viewer } from './session';

const SessionContext = createContext<Session | null>(null);

export const SessionProvider = SessionContext.Provider;

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession needs a SessionProvider above it.');
  return session;
}

/** Who is signed in; only where somebody is, or was until the session ended. */
export function useViewer(): Viewer {
  const state = useStore(useSession().state);
  if (state.kind !== 'signed-in' && state.kind !== 'expired') throw new Error('Nobody is signed in here.');
  return state.viewer;
}

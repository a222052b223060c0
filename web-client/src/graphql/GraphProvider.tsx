import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { Provider } from 'urql';

import { createGraph } from './client';
import { HealthProvider } from './health';

interface Session {
  /** The desk refused a request because nobody is signed in any more. */
  isExpired: boolean;
  /** Forgets all that was read: after signing in or out somebody else may be here. */
  reset: () => void;
}

const SessionContext = createContext<Session>({ isExpired: false, reset: () => undefined });
export const useSession = () => useContext(SessionContext);

export function GraphProvider({ children }: { children: ReactNode }) {
  const [isExpired, setExpired] = useState(false);
  const [graph, setGraph] = useState(() => createGraph(() => setExpired(true)));
  useEffect(() => () => graph.close(), [graph]);
  const session = useMemo(
    () => ({
      isExpired,
      reset: () => {
        setExpired(false);
        setGraph(createGraph(() => setExpired(true)));
      },
    }),
    [isExpired],
  );
  return (
    <SessionContext value={session}>
      <Provider value={graph.client}>
        <HealthProvider>{children}</HealthProvider>
      </Provider>
    </SessionContext>
  );
}

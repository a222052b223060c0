import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import 'virtual:theme-variables.css';
import './theme.css';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createSession, type Session } from '@/features/session/session';
import { createGraph, createPlainClient, type Graph } from '@/graphql/client';
import { startTexts } from '@/i18n/i18n';
import { Providers } from './providers';
import { makeRouter } from './router';

/** The socket is open exactly while somebody is signed in. */
function connect(): { graph: Graph; session: Session } {
  const graph: Graph = createGraph({ signedIn: () => session.signedIn() });
  const session: Session = createSession(createPlainClient(), graph.live.reached);
  session.state.subscribe(() => {
    const { kind } = session.state.get();
    if (kind === 'signed-in') graph.live.start();
    else if (kind === 'signed-out') graph.live.stop();
  });
  return { graph, session };
}

/** How long the first page waits for what it shows; it is made once, not first without. */
const FIRST_READ_MS = 400;

async function start() {
  const { graph, session } = connect();
  const router = makeRouter({ graph, session });
  const [i18n] = await Promise.all([startTexts(), session.load(), router.load()]);
  const isSignedIn = session.state.get().kind === 'signed-in';
  const reads = router.state.matches.flatMap(({ loaderData }) => loaderData?.read ?? []);
  if (isSignedIn)
    await Promise.race([Promise.all(reads), new Promise((resolve) => setTimeout(resolve, FIRST_READ_MS))]);
  const element = document.getElementById('root');
  if (!element) throw new Error('The page has no element with the id "root".');
  createRoot(element).render(
    <StrictMode>
      <Providers i18n={i18n} graph={graph} session={session}>
        <RouterProvider router={router} />
      </Providers>
    </StrictMode>,
  );
}

void start();

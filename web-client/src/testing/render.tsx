import { render, screen, type RenderResult } from '@testing-library/react';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import type { i18n as I18n } from 'i18next';
import type { ReactNode } from 'react';
import { Providers } from '@/app/providers';
import { makeRouter } from '@/app/router';
import { createSession, type Session } from '@/features/session/session';
import { createGraph, createPlainClient, type Graph } from '@/graphql/client';
import { startTexts } from '@/i18n/i18n';
import { mockDesk, type Answers, type MockDesk } from './desk';
import { ada, support } from './records';

export type Rendered = RenderResult & {
  desk: MockDesk;
  user: UserEvent;
  graph: Graph;
  session: Session;
  router: ReturnType<typeof makeRouter>;
};

type Options = {
  /** Answers beside those that every page of the console needs. */
  answers?: Answers;
  /** Who is signed in; null: nobody. */
  viewer?: Record<string, unknown> | null;
};

/** What the shell asks for, whatever the page. */
const SHELL: Answers = {
  Query: {
    queues: () => [support],
    tickets: () => ({ nodes: [], totalCount: 0, streamCursor: 'test-1', pageInfo: { hasNextPage: false } }),
    categories: () => [],
    tags: () => [],
    savedViews: () => [],
    users: () => ({ nodes: [ada] }),
    heartbeat: () => ({ cursor: 'test-1' }),
    node: () => null,
    queue: () => support,
    unreadNotificationCount: () => 0,
  },
};

/** The whole console at an address, on a desk that answers as the test says. */
export async function renderConsole(
  path: string,
  { answers, viewer = ada }: Options = {},
): Promise<Rendered> {
  const desk = mockDesk(SHELL);
  desk.answer({ Query: { viewer: () => (viewer === null ? null : { user: viewer, expiresAt: null }) } });
  if (answers) desk.answer(answers);
  const { i18n, graph, session } = await parts(desk);
  await session.load();
  const history = createMemoryHistory({ initialEntries: [path] });
  const router = makeRouter({ graph, session }, history);
  const result = render(
    <Providers i18n={i18n} graph={graph} session={session}>
      <RouterProvider router={router} />
    </Providers>,
  );
  return { ...result, desk, user: userEvent.setup(), graph, session, router };
}

/** What is read before there is a page: session and routes, begun at once as the console does. */
export async function beginConsole(
  path: string,
  answers: Answers,
): Promise<{ desk: MockDesk; session: Session; begun: Promise<void> }> {
  const desk = mockDesk(SHELL);
  desk.answer(answers);
  const { graph, session } = await parts(desk);
  const router = makeRouter({ graph, session }, createMemoryHistory({ initialEntries: [path] }));
  return { desk, session, begun: Promise.all([session.load(), router.load()]).then(() => undefined) };
}

/** A component alone, with all that is above it in the console but the router. */
export async function renderPart(
  children: ReactNode,
  answers: Answers = {},
): Promise<Omit<Rendered, 'router'>> {
  const desk = mockDesk(answers);
  const { i18n, graph, session } = await parts(desk);
  const result = render(
    <Providers i18n={i18n} graph={graph} session={session}>
      {children}
    </Providers>,
  );
  return { ...result, desk, user: userEvent.setup(), graph, session };
}

async function parts(desk: MockDesk): Promise<{ i18n: I18n; graph: Graph; session: Session }> {
  const graph: Graph = createGraph({ signedIn: () => session.signedIn(), transport: desk.transport });
  const session: Session = createSession(createPlainClient(desk.transport), graph.live.reached);
  return { i18n: await startTexts(), graph, session };
}

export { screen };

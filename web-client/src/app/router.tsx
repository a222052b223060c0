import { createBrowserRouter } from 'react-router';

import { SignedIn } from '../features/session/SignedIn';
import { Loading, NotFound, RouteError } from '../components/States';

const lazily = <T extends Record<string, unknown>>(load: () => Promise<T>, name: keyof T) => {
  return async () => ({ Component: (await load())[name] as React.ComponentType });
};

export const router = createBrowserRouter([
  {
    HydrateFallback: Loading,
    ErrorBoundary: RouteError,
    children: [
      {
        path: '/sign-in',
        lazy: lazily(() => import('../features/session/SignInPage'), 'SignInPage'),
      },
      {
        path: '/',
        Component: SignedIn,
        children: [
          {
            index: true,
            lazy: lazily(() => import('../features/queues/FirstQueue'), 'FirstQueue'),
          },
          {
            path: 'queues/:queueId',
            lazy: lazily(() => import('../features/tickets/TicketListPage'), 'TicketListPage'),
          },
          {
            path: 'tickets/:number',
            lazy: lazily(() => import('../features/tickets/TicketPage'), 'TicketPage'),
          },
          { path: '*', Component: NotFound },
        ],
      },
    ],
  },
]);

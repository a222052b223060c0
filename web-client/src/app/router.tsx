import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  type RouterHistory,
} from '@tanstack/react-router';
import { readAdminSearch } from '@/features/admin/sections';
import { readModelSearch } from '@/features/models/kinds';
import { readReportSearch } from '@/features/reports/search';
import type { Session } from '@/features/session/session';
import { prefetchList } from '@/features/tickets/list/kept-lists';
import { isView, readSearch, type ListScope, type TicketSearch } from '@/features/tickets/list/search';
import type { Graph } from '@/graphql/client';
import { LoadingState } from '@/components/state';
import { AllTicketsPage, QueuePage, ViewPage } from './pages/ticket-list-page';
import { NotFoundPage, RootPage, RouteError } from './root';
import { readShell } from './shell/read-shell';
import { Shell } from './shell/shell';

/** What routes read with. */
export type RouterContext = { graph: Graph; session: Session };

const root = createRootRouteWithContext<RouterContext>()({
  component: RootPage,
  notFoundComponent: NotFoundPage,
});

/** Everything of the staff, in the shell with the sidebar. */
const staff = createRoute({
  getParentRoute: () => root,
  id: 'staff',
  loader: ({ context }) => ({ read: readShell(context) }),
  // It stays for as long as the page does.
  staleTime: Infinity,
  component: Shell,
});

const home = createRoute({
  getParentRoute: () => staff,
  path: '/',
  beforeLoad: () => {
    // The router tells by throwing.
    throw redirect({ to: '/tickets', replace: true });
  },
});

/**
 * Begins to read a list when a link to it is rested on or followed. Nobody waits for it but the very first page, which
 * is then shown whole at once.
 */
function beginToRead({ graph, session }: RouterContext, scope: ListScope, search: TicketSearch) {
  const read = async () => {
    const viewer = await session.likelyViewer();
    if (viewer && viewer.role !== 'CUSTOMER') await prefetchList(graph, scope, search, viewer.id);
  };
  return { read: read() };
}

const tickets = createRoute({
  getParentRoute: () => staff,
  path: '/tickets',
  validateSearch: readSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => beginToRead(context, {}, deps),
  component: AllTicketsPage,
});

const view = createRoute({
  getParentRoute: () => staff,
  path: '/views/$view',
  validateSearch: readSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps, params: { view } }) =>
    isView(view) ? beginToRead(context, { view }, deps) : undefined,
  component: ViewPage,
});

const queue = createRoute({
  getParentRoute: () => staff,
  path: '/queues/$queueId',
  validateSearch: readSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps, params }) => beginToRead(context, params, deps),
  component: QueuePage,
});

const newTicket = createRoute({
  getParentRoute: () => staff,
  path: '/tickets/new',
  validateSearch: ({ requester }: Record<string, unknown>): { requester?: string } =>
    typeof requester === 'string' ? { requester } : {},
  component: lazyRouteComponent(() => import('./pages/new-ticket-page'), 'NewTicketPage'),
});

const ticket = createRoute({
  getParentRoute: () => staff,
  path: '/tickets/$number',
  component: lazyRouteComponent(() => import('./pages/ticket-page'), 'TicketPage'),
});

const search = createRoute({
  getParentRoute: () => staff,
  path: '/search',
  validateSearch: (given: Record<string, unknown>): { q?: string } & TicketSearch => ({
    ...readSearch(given),
    ...(typeof given.q === 'string' && given.q !== '' ? { q: given.q } : {}),
  }),
  component: lazyRouteComponent(() => import('./pages/search-page'), 'SearchPage'),
});

const savedView = createRoute({
  getParentRoute: () => staff,
  path: '/saved/$viewId',
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import('./pages/saved-view-page'), 'SavedViewPage'),
});

const reports = createRoute({
  getParentRoute: () => staff,
  path: '/reports',
  validateSearch: readReportSearch,
  component: lazyRouteComponent(() => import('./pages/reports-page'), 'ReportsPage'),
});

const person = createRoute({
  getParentRoute: () => staff,
  path: '/people/$personId',
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import('./pages/person-page'), 'PersonPage'),
});

const organisation = createRoute({
  getParentRoute: () => staff,
  path: '/organisations/$organisationId',
  component: lazyRouteComponent(() => import('./pages/organisation-page'), 'OrganisationPage'),
});

const notifications = createRoute({
  getParentRoute: () => staff,
  path: '/notifications',
  validateSearch: ({ show }: Record<string, unknown>): { show?: 'unread' } =>
    show === 'unread' ? { show } : {},
  component: lazyRouteComponent(() => import('./pages/notifications-page'), 'NotificationsPage'),
});

const profile = createRoute({
  getParentRoute: () => staff,
  path: '/profile',
  component: lazyRouteComponent(() => import('./pages/profile-page'), 'ProfilePage'),
});

const administration = () => import('./pages/admin-page');

const adminStart = createRoute({
  getParentRoute: () => staff,
  path: '/admin',
  component: lazyRouteComponent(administration, 'AdminStart'),
});

const admin = createRoute({
  getParentRoute: () => staff,
  path: '/admin/$section',
  validateSearch: readAdminSearch,
  component: lazyRouteComponent(administration, 'AdminPage'),
});

const models = createRoute({
  getParentRoute: () => staff,
  path: '/models',
  validateSearch: readModelSearch,
  component: lazyRouteComponent(() => import('./pages/models-page'), 'ModelsPage'),
});

const modelVersion = createRoute({
  getParentRoute: () => staff,
  path: '/models/versions/$versionId',
  component: lazyRouteComponent(() => import('./pages/model-version-page'), 'ModelVersionPage'),
});

/** Where customers follow what they have asked for. */
const portal = createRoute({
  getParentRoute: () => root,
  path: '/portal',
  component: lazyRouteComponent(() => import('./portal/portal-shell'), 'PortalShell'),
});

const requests = createRoute({
  getParentRoute: () => portal,
  path: '/',
  component: lazyRouteComponent(() => import('./portal/requests-page'), 'RequestsPage'),
});

const newRequest = createRoute({
  getParentRoute: () => portal,
  path: '/new',
  component: lazyRouteComponent(() => import('./portal/new-request-page'), 'NewRequestPage'),
});

const request = createRoute({
  getParentRoute: () => portal,
  path: '/tickets/$number',
  component: lazyRouteComponent(() => import('./portal/request-page'), 'RequestPage'),
});

const routes = root.addChildren([
  staff.addChildren([
    home,
    tickets,
    view,
    queue,
    savedView,
    newTicket,
    ticket,
    search,
    person,
    organisation,
    notifications,
    profile,
    reports,
    adminStart,
    admin,
    models,
    modelVersion,
  ]),
  portal.addChildren([requests, newRequest, request]),
]);

export function makeRouter(context: RouterContext, history?: RouterHistory) {
  return createRouter({
    routeTree: routes,
    context,
    ...(history ? { history } : {}),
    defaultPreload: 'intent',
    defaultPendingComponent: LoadingState,
    defaultErrorComponent: RouteError,
    defaultNotFoundComponent: NotFoundPage,
    // Values are text, lists with commas: an address stays readable.
    parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
    stringifySearch: (search) => {
      const filled = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
      const text = new URLSearchParams(filled.map(([key, value]) => [key, String(value)])).toString();
      return text === '' ? '' : `?${text.replaceAll('%2C', ',')}`;
    },
  });
}

declare module '@tanstack/react-router' {
  // Only an interface can be added to.
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}

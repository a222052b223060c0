import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { readAdminSearch } from '@/features/admin/sections';
import { readModelSearch } from '@/features/models/kinds';
import { readReportSearch } from '@/features/reports/search';
import { readSearch, type TicketSearch } from '@/features/tickets/list/search';
import { LoadingState } from '@/components/state';
import { NotFoundPage, RootPage, RouteError } from './root';

const root = createRootRoute({ component: RootPage, notFoundComponent: NotFoundPage });

/** Everything of the staff, in the shell with the sidebar. */
const staff = createRoute({
  getParentRoute: () => root,
  id: 'staff',
  component: lazyRouteComponent(() => import('./shell/shell'), 'Shell'),
});

const home = createRoute({
  getParentRoute: () => staff,
  path: '/',
  beforeLoad: () => {
    // The router tells by throwing.
    throw redirect({ to: '/tickets', replace: true });
  },
});

const lists = () => import('./pages/ticket-list-page');

const tickets = createRoute({
  getParentRoute: () => staff,
  path: '/tickets',
  validateSearch: readSearch,
  component: lazyRouteComponent(lists, 'AllTicketsPage'),
});

const view = createRoute({
  getParentRoute: () => staff,
  path: '/views/$view',
  validateSearch: readSearch,
  component: lazyRouteComponent(lists, 'ViewPage'),
});

const queue = createRoute({
  getParentRoute: () => staff,
  path: '/queues/$queueId',
  validateSearch: readSearch,
  component: lazyRouteComponent(lists, 'QueuePage'),
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

export function makeRouter(history?: Parameters<typeof createRouter>[0]['history']) {
  return createRouter({
    routeTree: routes,
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

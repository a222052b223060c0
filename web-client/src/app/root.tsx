import { Button } from '@mantine/core';
import {
  Link,
  Navigate,
  Outlet,
  useRouter,
  useRouterState,
  type ErrorComponentProps,
} from '@tanstack/react-router';
import { lazy, Suspense, useEffect } from 'react';
import { useText } from '@/i18n/use-text';
import { EmptyState, ErrorState, LoadingState } from '@/components/state';
import { useSession } from '@/features/session/session-context';
import { useStore } from '@/lib/store';
import { useEver } from '@/lib/use-ever';

const SignInPage = lazy(() => import('@/features/session/sign-in-page'));
const loadExpiredDialog = () => import('@/features/session/expired-dialog');
const ExpiredDialog = lazy(loadExpiredDialog);
/** Read while it can be read: when a session ends, the desk may have another version of it, or be away. */
const EXPIRED_DIALOG_AFTER_MS = 4000;

/** Nothing but signing in while nobody is signed in; the page of the address otherwise. */
export function RootPage() {
  const session = useSession();
  const state = useStore(session.state);
  const isSignedIn = state.kind === 'signed-in';
  useEffect(() => {
    if (!isSignedIn) return;
    const timer = setTimeout(() => void loadExpiredDialog(), EXPIRED_DIALOG_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isSignedIn]);
  switch (state.kind) {
    case 'loading':
      return <LoadingState lines={3} />;
    case 'failed':
      return <ErrorState code={state.code} onRetry={() => void session.load()} />;
    case 'signed-out':
      return (
        <Suspense fallback={<LoadingState lines={3} />}>
          <SignInPage />
        </Suspense>
      );
    case 'signed-in':
    case 'expired':
      return (
        <>
          {state.viewer.role === 'CUSTOMER' ? <CustomerPages /> : <Outlet />}
          <Expired />
        </>
      );
  }
}

function Expired() {
  const isExpired = useStore(useSession().state).kind === 'expired';
  // Stays to be closed as it was opened.
  return <Suspense fallback={null}>{useEver(isExpired) ? <ExpiredDialog /> : null}</Suspense>;
}

/** Customers have the portal; a link to a ticket leads them to the same one there. */
function CustomerPages() {
  const isThere = useRouterState({ select: ({ matches }) => matches.some(isOfPortal) });
  const path = useRouterState({ select: ({ location }) => location.pathname });
  if (isThere) return <Outlet />;
  // On the way: until the portal is there, nothing of the page before it is shown.
  if (/^\/portal(\/|$)/.test(path)) return <LoadingState lines={3} />;
  const number = /^\/tickets\/(\d+)$/.exec(path)?.[1];
  return number === undefined ? (
    <Navigate to="/portal" replace />
  ) : (
    <Navigate to="/portal/tickets/$number" params={{ number }} replace />
  );
}

function isOfPortal({ routeId }: { routeId: string }): boolean {
  return routeId === '/portal';
}

export function NotFoundPage() {
  const { t } = useText('common');
  return (
    <EmptyState
      title={t('notFound.title')}
      action={
        <Button component={Link} to="/" size="xs" variant="default">
          {t('notFound.home')}
        </Button>
      }
    >
      {t('notFound.text')}
    </EmptyState>
  );
}

/** A page that failed; the rest of the console goes on. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  console.error(error);
  return (
    <ErrorState
      code="OTHER"
      onRetry={() => {
        reset();
        void router.invalidate();
      }}
    />
  );
}

import { MantineProvider } from '@mantine/core';
import type { i18n as I18n } from 'i18next';
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import { I18nextProvider } from 'react-i18next';
import { Provider as GraphProvider } from 'urql';
import { loadMenu } from '@/components/button-menu';
import { SessionProvider } from '@/features/session/session-context';
import type { Session } from '@/features/session/session';
import type { Graph } from '@/graphql/client';
import { LiveProvider } from '@/graphql/context';
import { listenForShortcuts } from '@/lib/commands';
import { colorSchemes, theme } from './theme';

/** Messages wait in their store until it is there. */
const Toasts = lazy(() => import('./toasts'));
/** When the first page is there, what it opens is read before it is asked for. */
const AFTERWARDS_MS = 2000;

type Props = { i18n: I18n; graph: Graph; session: Session; children: ReactNode };

/** What every page needs above it. */
export function Providers({ i18n, graph, session, children }: Props) {
  useEffect(() => listenForShortcuts(), []);
  const [hasToasts, setHasToasts] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      setHasToasts(true);
      void loadMenu();
    }, AFTERWARDS_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <I18nextProvider i18n={i18n}>
      <MantineProvider
        theme={theme}
        colorSchemeManager={colorSchemes}
        defaultColorScheme="auto"
        // They are in a file: vite/theme-variables.ts.
        withCssVariables={false}
        withGlobalClasses={false}
      >
        <SessionProvider value={session}>
          <GraphProvider value={graph.client}>
            <LiveProvider value={graph.live}>{children}</LiveProvider>
          </GraphProvider>
        </SessionProvider>
        <Suspense fallback={null}>{hasToasts ? <Toasts /> : null}</Suspense>
      </MantineProvider>
    </I18nextProvider>
  );
}

import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import type { i18n as I18n } from 'i18next';
import { useEffect, type ReactNode } from 'react';
import { I18nextProvider } from 'react-i18next';
import { Provider as GraphProvider } from 'urql';
import { useText } from '@/i18n/use-text';
import { SessionProvider } from '@/features/session/session-context';
import type { Session } from '@/features/session/session';
import type { Graph } from '@/graphql/client';
import { LiveProvider } from '@/graphql/context';
import { listenForShortcuts } from '@/lib/commands';
import { colorSchemes, cssVariables, theme } from './theme';

type Props = { i18n: I18n; graph: Graph; session: Session; children: ReactNode };

/** What every page needs above it. */
export function Providers({ i18n, graph, session, children }: Props) {
  useEffect(() => listenForShortcuts(), []);
  return (
    <I18nextProvider i18n={i18n}>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        colorSchemeManager={colorSchemes}
        defaultColorScheme="auto"
      >
        <SessionProvider value={session}>
          <GraphProvider value={graph.client}>
            <LiveProvider value={graph.live}>{children}</LiveProvider>
          </GraphProvider>
        </SessionProvider>
        <Toasts />
      </MantineProvider>
    </I18nextProvider>
  );
}

function Toasts() {
  const { t } = useText('common');
  return <Notifications position="bottom-right" limit={4} role="log" aria-label={t('messages')} />;
}

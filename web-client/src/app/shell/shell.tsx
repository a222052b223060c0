import { ActionIcon } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { IconChartBar, IconChartDots, IconMenu2, IconSearch, IconSettings } from '@tabler/icons-react';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect } from 'react';
import { useText } from '@/i18n/use-text';
import { Keys } from '@/components/marks';
import { LoadingState } from '@/components/state';
import { QueueNav } from '@/features/queues/queue-nav';
import { SavedViewNav } from '@/features/queues/saved-view-nav';
import { useOwnPreferences } from '@/features/profile/preferences';
import { useViewer } from '@/features/session/session-context';
import { inputOf, SavedViewFields } from '@/features/tickets/list/saved-view';
import { unmask } from '@/graphql/generated';
import { useCommands } from '@/lib/commands';
import { useEver } from '@/lib/use-ever';
import { AccountMenu } from './account-menu';
import { useFind } from './find';
import { HealthMark } from './health-mark';
import { SkipLink } from './skip-link';
import { useSearchSource } from './search-source';
import { Quick } from './quick';
import styles from './shell.module.css';

const loadPalette = () => import('./palette');
const Palette = lazy(loadPalette);
const NavDrawer = lazy(() => import('./nav-drawer'));
const ShortcutSheet = lazy(() => import('./shortcut-sheet'));
/** The palette is read before it is asked for, when the first page is there. */
const PALETTE_AFTER_MS = 3000;

/** What stands around every page of the staff. */
export function Shell() {
  const { t } = useText('queues');
  const navigate = useNavigate();
  const [isPaletteOpen, palette] = useDisclosure(false);
  const [isSheetOpen, sheet] = useDisclosure(false);
  const [isNavOpen, nav] = useDisclosure(false);
  const isNarrow = useMediaQuery('(max-width: 760px)', false, { getInitialValueInEffect: false });
  const path = useRouterState({ select: (state) => state.location.pathname });
  const closeNav = nav.close;
  useEffect(() => closeNav(), [path, closeNav]);
  const hasPalette = useEver(isPaletteOpen);
  const hasSheet = useEver(isSheetOpen);
  useEffect(() => {
    const timer = setTimeout(() => void loadPalette(), PALETTE_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);

  const go = t('common:command.goTo');
  useCommands([
    {
      id: 'app.palette',
      title: t('common:command.palette'),
      group: t('common:command.general'),
      shortcut: 'mod+k',
      inText: true,
      inPalette: false,
      run: palette.toggle,
    },
    {
      id: 'app.shortcuts',
      title: t('common:command.shortcuts'),
      group: t('common:command.general'),
      shortcut: '?',
      run: sheet.open,
    },
    {
      id: 'go.mine',
      title: t('mine'),
      group: go,
      shortcut: 'g m',
      run: () => void navigate({ to: '/views/$view', params: { view: 'mine' } }),
    },
    {
      id: 'go.unassigned',
      title: t('unassigned'),
      group: go,
      shortcut: 'g u',
      run: () => void navigate({ to: '/views/$view', params: { view: 'unassigned' } }),
    },
    {
      id: 'go.search',
      title: t('common:command.search'),
      group: go,
      shortcut: '/',
      run: () => void navigate({ to: '/search' }),
    },
    {
      id: 'go.reports',
      title: t('common:reports'),
      group: go,
      shortcut: 'g r',
      run: () => void navigate({ to: '/reports' }),
    },
    {
      id: 'go.all',
      title: t('all'),
      group: go,
      shortcut: 'g a',
      run: () => void navigate({ to: '/tickets' }),
    },
  ]);

  useSearchSource();
  useFind();
  useOwnPreferences();
  const isLeading = useIsLeading();
  useCommands([
    {
      id: 'go.models',
      title: t('common:models'),
      group: go,
      shortcut: 'g o',
      run: () => void navigate({ to: '/models' }),
    },
    {
      id: 'go.admin',
      title: t('common:admin'),
      group: go,
      shortcut: 'g d',
      enabled: isLeading,
      run: () => void navigate({ to: '/admin' }),
    },
    {
      id: 'go.profile',
      title: t('common:profile'),
      group: go,
      shortcut: 'g p',
      run: () => void navigate({ to: '/profile' }),
    },
    {
      id: 'go.tokens',
      title: t('common:tokens'),
      group: go,
      run: () => void navigate({ to: '/admin/$section', params: { section: 'tokens' } }),
    },
  ]);

  const sidebar = <Sidebar isInDrawer={isNarrow} onPalette={palette.open} />;
  return (
    <div className={styles.shell}>
      <SkipLink />
      {isNarrow ? (
        <>
          <header className={styles.top}>
            <ActionIcon variant="subtle" color="gray" aria-label={t('common:menu')} onClick={nav.open}>
              <IconMenu2 size={18} aria-hidden />
            </ActionIcon>
            <HealthMark />
            <span className={styles.end}>
              <Quick />
            </span>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t('common:command.palette')}
              onClick={palette.open}
            >
              <IconSearch size={18} aria-hidden />
            </ActionIcon>
          </header>
          <Suspense fallback={null}>
            <NavDrawer opened={isNavOpen} onClose={nav.close}>
              {sidebar}
            </NavDrawer>
          </Suspense>
        </>
      ) : (
        sidebar
      )}
      <main id="page" className={styles.page} tabIndex={-1}>
        <Suspense fallback={<LoadingState />}>
          <Outlet />
        </Suspense>
      </main>
      <Suspense fallback={null}>
        {hasPalette ? <Palette opened={isPaletteOpen} onClose={palette.close} /> : null}
        {hasSheet ? <ShortcutSheet opened={isSheetOpen} onClose={sheet.close} /> : null}
      </Suspense>
    </div>
  );
}

function Sidebar({ isInDrawer, onPalette }: { isInDrawer: boolean; onPalette: () => void }) {
  const { t } = useText('common');
  const viewer = useViewer();
  return (
    <nav className={styles.sidebar} aria-label={t('navigation')}>
      <div className={styles.person}>
        <AccountMenu
          home="/"
          side="start"
          own={() => [{ kind: 'link', text: t('profile'), to: '/profile' }]}
        />
        {isInDrawer ? null : <Quick />}
      </div>
      <button type="button" className={styles.search} onClick={onPalette}>
        {t('command.open')}
        <Keys shortcut="mod+k" />
      </button>
      <div className={styles.scroll}>
        <QueueNav viewerId={viewer.id}>
          {(views, from) => (
            <SavedViewNav
              views={views.map((view) => {
                const { id, name, filter } = unmask(SavedViewFields, view);
                return { id, name, filter: inputOf(filter), from: from(view.ticketCount) };
              })}
            />
          )}
        </QueueNav>
        <DeskNav />
      </div>
      <div className={styles.foot}>
        <HealthMark />
      </div>
    </nav>
  );
}

/** Whoever runs the desk, or a part of it. */
function useIsLeading(): boolean {
  const { role } = useViewer();
  return role === 'ADMIN' || role === 'LEAD';
}

function DeskNav() {
  const { t } = useText('common');
  const isLeading = useIsLeading();
  const links = [
    { to: '/reports', name: t('reports'), icon: <IconChartBar size={16} /> },
    ...(isLeading
      ? [
          { to: '/models', name: t('models'), icon: <IconChartDots size={16} /> },
          { to: '/admin', name: t('admin'), icon: <IconSettings size={16} /> },
        ]
      : []),
  ];
  return (
    <ul className={styles.links}>
      {links.map(({ to, name, icon }) => (
        <li key={to}>
          <Link to={to} className={styles.link} activeProps={{ 'aria-current': 'page' }}>
            <span aria-hidden>{icon}</span>
            {name}
          </Link>
        </li>
      ))}
    </ul>
  );
}

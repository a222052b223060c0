import { Button, Menu } from '@mantine/core';
import { IconSelector } from '@tabler/icons-react';
import { Link, Outlet } from '@tanstack/react-router';
import { Suspense } from 'react';
import { useText } from '@/i18n/use-text';
import { Avatar } from '@/components/marks';
import { EmptyState, LoadingState } from '@/components/state';
import { useSession, useViewer } from '@/features/session/session-context';
import { HealthMark } from '../shell/health-mark';
import { Preferences } from '../shell/preferences';
import { usePageTitle } from '../pages/use-page-title';
import styles from './portal.module.css';

/** What stands around every page of the customers. */
export function PortalShell() {
  const { t } = useText('portal');
  const isCustomer = useViewer().role === 'CUSTOMER';
  return (
    <div className={styles.shell}>
      <a href="#page" className={styles.skip}>
        {t('common:skip')}
      </a>
      <header className={styles.top}>
        <Link to="/portal" className={styles.brand}>
          <img src="/icon.svg" width={22} height={22} alt="" />
          {t('title')}
        </Link>
        <span className={styles.end}>
          <HealthMark />
          <AccountMenu />
        </span>
      </header>
      <main id="page" className={styles.page} tabIndex={-1}>
        <Suspense fallback={<LoadingState />}>{isCustomer ? <Outlet /> : <ForStaff />}</Suspense>
      </main>
    </div>
  );
}

/** Staff have no requests of their own here; they learn whom to send. */
function ForStaff() {
  const { t } = useText('portal');
  usePageTitle(t('title'));
  return (
    <>
      <h1 className="visually-hidden">{t('title')}</h1>
      <EmptyState
        title={t('staff.title')}
        action={
          <Button component={Link} to="/tickets" size="xs" variant="default">
            {t('staff.console')}
          </Button>
        }
      >
        {t('staff.text', { address: `${location.origin}/portal` })}
      </EmptyState>
    </>
  );
}

function AccountMenu() {
  const { t } = useText('common');
  const viewer = useViewer();
  const session = useSession();
  const signOut = async () => {
    await session.signOut();
    // Nothing of this user stays in memory.
    location.assign('/portal');
  };
  return (
    <Menu position="bottom-end" shadow="md" width={220}>
      <Menu.Target>
        <button type="button" className={styles.account} aria-label={t('account', { name: viewer.name })}>
          <Avatar name={viewer.name} size={24} />
          <span className={styles.name}>{viewer.name}</span>
          <IconSelector size={14} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{viewer.email}</Menu.Label>
        <Preferences />
        <Menu.Divider />
        <Menu.Item onClick={() => void signOut()}>{t('signOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

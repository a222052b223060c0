import { Button } from '@mantine/core';
import { Link, Outlet } from '@tanstack/react-router';
import { Suspense } from 'react';
import { useText } from '@/i18n/use-text';
import { EmptyState, LoadingState } from '@/components/state';
import { useViewer } from '@/features/session/session-context';
import { AccountMenu } from '../shell/account-menu';
import { HealthMark } from '../shell/health-mark';
import { SkipLink } from '../shell/skip-link';
import { usePageTitle } from '../pages/use-page-title';
import styles from './portal.module.css';

/** What stands around every page of the customers. */
export function PortalShell() {
  const { t } = useText('portal');
  const isCustomer = useViewer().role === 'CUSTOMER';
  return (
    <div className={styles.shell}>
      <SkipLink />
      <header className={styles.top}>
        <Link to="/portal" className={styles.brand}>
          <img src="/icon.svg" width={22} height={22} alt="" />
          {t('title')}
        </Link>
        <span className={styles.end}>
          <HealthMark />
          <AccountMenu home="/portal" side="end" />
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

import { Link, Navigate, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { EmptyState, LoadingState } from '@/components/state';
import { Categories } from '@/features/admin/categories';
import { Jobs } from '@/features/admin/jobs';
import { Organisations } from '@/features/admin/organisations';
import { Queues } from '@/features/admin/queues';
import { Replies } from '@/features/admin/replies';
import { Roles } from '@/features/admin/roles';
import { sectionsOf, type AdminSearch, type Section } from '@/features/admin/sections';
import { Tags } from '@/features/admin/tags';
import { Tokens } from '@/features/admin/tokens';
import { Users } from '@/features/admin/users';
import { QueuesDocument } from '@/features/queues/queue-nav';
import { useViewer } from '@/features/session/session-context';
import { PageBar } from '../shell/page-bar';
import { usePageTitle } from './use-page-title';
import styles from '@/features/admin/admin.module.css';

/** What the desk consists of; each part for those who may change it. */
export function AdminPage() {
  const { t } = useText('admin');
  const { section } = useParams({ from: '/staff/admin/$section' });
  const open = useSections();
  const shown = open?.find((one) => one === section);
  usePageTitle(shown ? t(`section.${shown}`) : t('title'));
  return (
    <>
      <PageBar title={t('title')} />
      <div className={styles.area}>
        {open && open.length > 0 ? (
          <nav className={styles.nav} aria-label={t('title')}>
            <ul>
              {open.map((one) => (
                <li key={one}>
                  <Link
                    to="/admin/$section"
                    params={{ section: one }}
                    className={styles.link}
                    activeOptions={{ includeSearch: false }}
                    activeProps={{ 'aria-current': 'page' }}
                  >
                    {t(`section.${one}`)}
                  </Link>
                </li>
              ))}
            </ul>
          </nav>
        ) : null}
        <div className={styles.content}>
          {open === null ? (
            <LoadingState />
          ) : shown ? (
            <Content section={shown} />
          ) : (
            <EmptyState title={t('closed')}>{t('closedText')}</EmptyState>
          )}
        </div>
      </div>
    </>
  );
}

/** The first part that is open to whoever comes without saying which. */
export function AdminStart() {
  const open = useSections();
  if (open === null) return <LoadingState />;
  return <Navigate to="/admin/$section" params={{ section: open[0] ?? 'tokens' }} replace />;
}

/** Null until it is known whether there is a queue to manage. */
function useSections(): Section[] | null {
  const { role } = useViewer();
  const [{ data, error }] = useQuery({ query: QueuesDocument });
  if (role !== 'ADMIN' && !data && !error) return null;
  const managesQueues = data?.queues.some(({ viewerRight }) => viewerRight === 'MANAGE') ?? false;
  return sectionsOf({ role, managesQueues });
}

function Content({ section }: { section: Section }) {
  const viewer = useViewer();
  const isAdmin = viewer.role === 'ADMIN';
  const search = useSearch({ from: '/staff/admin/$section' });
  const navigate = useNavigate();
  const onSearch = useCallback(
    (next: AdminSearch) => void navigate({ to: '.', search: next, replace: true }),
    [navigate],
  );
  switch (section) {
    case 'users':
      return <Users viewerId={viewer.id} search={search} onSearch={onSearch} />;
    case 'roles':
      return <Roles />;
    case 'organisations':
      return <Organisations />;
    case 'queues':
      return <Queues isAdmin={isAdmin} />;
    case 'categories':
      return <Categories />;
    case 'tags':
      return <Tags />;
    case 'replies':
      return <Replies isAdmin={isAdmin} />;
    case 'tokens':
      return <Tokens isAdmin={isAdmin} viewerId={viewer.id} />;
    case 'jobs':
      return <Jobs />;
  }
}

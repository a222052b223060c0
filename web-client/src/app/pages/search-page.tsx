import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useText } from '@/i18n/use-text';
import { EmptyState } from '@/components/state';
import { SearchField } from '@/features/search/search-field';
import { SearchResults } from '@/features/search/search-results';
import styles from '@/features/search/search.module.css';
import { useViewer } from '@/features/session/session-context';
import { FilterBar } from '@/features/tickets/list/filter-bar';
import { filterOf, type TicketSearch } from '@/features/tickets/list/search';
import { IconSearch } from '@tabler/icons-react';
import { PageBar } from '../shell/page-bar';
import { usePageTitle } from './use-page-title';
import { usePrefetch } from './use-prefetch';

/** Tickets by the words in them. Unlike lists, it looks into all states unless told otherwise. */
export function SearchPage() {
  const { t } = useText('search');
  const { q = '', ...search } = useSearch({ from: '/staff/search' });
  const viewer = useViewer();
  const navigate = useNavigate();
  const prefetch = usePrefetch();
  usePageTitle(q ? t('titleFor', { query: q }) : t('title'));
  const key = JSON.stringify(search);
  const narrowed = useMemo(
    (): TicketSearch => ({ status: 'all', ...(JSON.parse(key) as TicketSearch) }),
    [key],
  );
  const filter = useMemo(() => filterOf({}, narrowed, viewer.id), [narrowed, viewer.id]);
  const go = (next: { q?: string } & TicketSearch) =>
    void navigate({ to: '/search', search: next, replace: true });
  const onSearch = ({ status = 'OPEN', ...rest }: TicketSearch) =>
    go({ q, ...rest, ...(status === 'all' ? {} : { status }) });
  return (
    <>
      <PageBar title={t('title')} />
      <div className={styles.field}>
        <SearchField query={q} onQuery={(query) => go({ ...search, q: query })} />
      </div>
      <FilterBar search={narrowed} onSearch={onSearch} fixed={['text', 'order']} />
      {q === '' ? (
        <EmptyState title={t('begin')} icon={<IconSearch size={28} stroke={1.5} aria-hidden />}>
          {t('beginText')}
        </EmptyState>
      ) : (
        <SearchResults key={q + key} query={q} filter={filter} onPrefetch={prefetch} />
      )}
    </>
  );
}

import { lazy, Suspense, useMemo } from 'react';
import { useClient } from 'urql';
import { Button } from '@mantine/core';
import { useText } from '@/i18n/use-text';
import { EmptyState } from '@/components/state';
import { useLive } from '@/graphql/context';
import { useStore } from '@/lib/store';
import { useEver } from '@/lib/use-ever';
import { FilterBar } from './filter-bar';
import { keptList } from './kept-lists';
import { filterOf, isNarrowed, orderOf, type ListScope, type TicketSearch } from './search';
import { TicketTable } from './ticket-table';

const BulkBar = lazy(() => import('../bulk/bulk-bar'));

type Props = {
  scope: ListScope;
  search: TicketSearch;
  viewerId: string;
  onSearch: (search: TicketSearch) => void;
  onOpen: (number: number) => void;
  onPrefetch: (number: number) => void;
};

/** A ticket list with what narrows it. */
export function TicketListView({ scope, search, viewerId, onSearch, onOpen, onPrefetch }: Props) {
  const { t } = useText('tickets');
  const client = useClient();
  const live = useLive();
  const { view } = scope;
  const key = JSON.stringify(scope);
  const kept = useMemo(
    () => keptList(client, live, filterOf(JSON.parse(key) as ListScope, search, viewerId), orderOf(search)),
    [client, live, key, search, viewerId],
  );
  const hasSelected = useEver(useStore(kept.selection).size > 0);
  const empty = isNarrowed(search) ? (
    <EmptyState
      title={t('empty.narrowed')}
      action={
        <Button size="xs" variant="default" onClick={() => onSearch({})}>
          {t('filter.clear')}
        </Button>
      }
    >
      {t('empty.narrowedText')}
    </EmptyState>
  ) : (
    <EmptyState title={t('empty.title')}>{t('empty.text')}</EmptyState>
  );
  return (
    <>
      <FilterBar search={search} onSearch={onSearch} {...(view ? { fixed: ['assignee'] as const } : {})} />
      <TicketTable
        key={JSON.stringify([kept.list.filter, kept.list.order])}
        kept={kept}
        empty={empty}
        onOpen={onOpen}
        onPrefetch={onPrefetch}
        onOrder={(order) => {
          const next = { ...search, order };
          if (order === 'NEWEST') delete (next as TicketSearch).order;
          onSearch(next);
        }}
      />
      {hasSelected ? (
        <Suspense fallback={null}>
          <BulkBar kept={kept} viewerId={viewerId} />
        </Suspense>
      ) : null}
    </>
  );
}

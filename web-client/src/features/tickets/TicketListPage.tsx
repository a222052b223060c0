import { NativeSelect } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { useQuery } from 'urql';

import { Empty, Failed, Loading } from '../../components/States';
import { graphql } from '../../graphql/generated';
import { useKeys } from '../../lib/useKeys';
import { useViewer } from '../session/viewer';
import { filterOf, STATUSES } from './filters';
import { TicketRow } from './TicketRow';
import { useTicketList } from './useTicketList';

const ROW_PX = 36;
/** Ticket that was open last in each list, by address, so that coming back finds it. */
const lastPicked = new Map<string, number>();

const QueueHeadDocument = graphql(`
  query QueueHead($id: ID!) {
    queue(id: $id) {
      id
      name
      members {
        user {
          id
          name
        }
      }
    }
  }
`);

export function TicketListPage() {
  const { t, i18n } = useTranslation();
  const { queueId = '' } = useParams();
  const viewer = useViewer();
  const [search, setSearch] = useSearchParams();
  const [{ data }] = useQuery({ query: QueueHeadDocument, variables: { id: queueId } });
  const tickets = useTicketList(filterOf(queueId, search, viewer.id));
  const set = (name: string, value: string) =>
    setSearch((now) => {
      if (value) now.set(name, value);
      else now.delete(name);
      return now;
    });
  const { list, error } = tickets;
  const people = (data?.queue?.members ?? []).flatMap(({ user }) =>
    user && user.id !== viewer.id ? [user] : [],
  );
  return (
    <div className="page">
      <div className="toolbar">
        <h1>{data?.queue?.name}</h1>
        {list && (
          <span className="quiet">
            {t('list.count', {
              count: list.total,
              formatted: list.total.toLocaleString(i18n.language),
            })}
          </span>
        )}
        <NativeSelect
          size="xs"
          aria-label={t('list.status')}
          value={search.get('status') ?? ''}
          onChange={(event) => set('status', event.currentTarget.value)}
          data={[
            { value: '', label: t('list.anyStatus') },
            ...STATUSES.map((value) => ({ value, label: t(`status.${value}`) })),
          ]}
        />
        <NativeSelect
          size="xs"
          aria-label={t('list.assignee')}
          value={search.get('assignee') ?? ''}
          onChange={(event) => set('assignee', event.currentTarget.value)}
          data={[
            { value: '', label: t('list.anyone') },
            { value: 'me', label: t('list.me') },
            { value: 'nobody', label: t('list.nobody') },
            ...people.map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
      </div>
      {list && list.news.length > 0 && (
        <button className="news" onClick={tickets.showNews}>
          {t('list.news', { count: list.news.length })}
        </button>
      )}
      {error && <Failed message={error} onRetry={tickets.retry} />}
      {!list && !error && <Loading />}
      {list && list.rows.length === 0 && <Empty>{t('list.empty')}</Empty>}
      {list && list.rows.length > 0 && (
        <Rows place={`${queueId}?${search}`} list={list} loadMore={tickets.loadMore} />
      )}
    </div>
  );
}

interface RowsProps {
  place: string;
  list: NonNullable<ReturnType<typeof useTicketList>['list']>;
  loadMore: (after: string) => void;
}

function Rows({ place, list, loadMore }: RowsProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const box = useRef<HTMLDivElement>(null);
  const { rows, endCursor } = list;
  const [pickedId, setPickedId] = useState<string>();
  const found = rows.findIndex((row) =>
    pickedId ? row.id === pickedId : row.number === lastPicked.get(place),
  );
  const picked = Math.max(0, found);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    initialOffset: Math.max(0, (picked - 8) * ROW_PX),
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (endCursor && last >= rows.length - 20) loadMore(endCursor);
  }, [endCursor, last, rows.length, loadMore]);
  const move = (by: number) => {
    const index = Math.min(rows.length - 1, Math.max(0, picked + by));
    setPickedId(rows[index]?.id);
    virtual.scrollToIndex(index);
  };
  const open = () => {
    const row = rows[picked];
    if (!row) return;
    lastPicked.set(place, row.number);
    void navigate(`/tickets/${row.number}`);
  };
  useKeys({ j: () => move(1), k: () => move(-1), Enter: open });
  return (
    <div className="rows" ref={box} tabIndex={0} role="region" aria-label={t('list.label')}>
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          return (
            <div key={item.key} onClick={() => lastPicked.set(place, row.number)}>
              <TicketRow
                row={row}
                isPicked={item.index === picked}
                style={{ height: ROW_PX, transform: `translateY(${item.start}px)` }}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}

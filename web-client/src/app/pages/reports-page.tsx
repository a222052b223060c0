import { Select, TextInput } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { EmptyState } from '@/components/state';
import { QueuesDocument } from '@/features/queues/queue-nav';
import styles from '@/features/reports/reports.module.css';
import {
  DAYS_AT_FIRST,
  dayName,
  daysAgo,
  INTERVALS,
  rangeOf,
  type ReportSearch,
} from '@/features/reports/search';
import { SuggestionReport } from '@/features/reports/suggestion-report';
import { TicketReport } from '@/features/reports/ticket-report';
import { PageBar } from '../shell/page-bar';
import { usePageTitle } from './use-page-title';

const PRESETS = [7, 30, 90, 365];

/** How the desk is doing: about the queues the viewer sees. */
export function ReportsPage() {
  const { t } = useText('reports');
  const search = useSearch({ from: '/staff/reports' });
  const navigate = useNavigate();
  const today = dayName(new Date());
  const range = useMemo(() => rangeOf(search, new Date(`${today}T00:00:00`)), [search, today]);
  const [{ data }] = useQuery({ query: QueuesDocument });
  usePageTitle(t('title'));
  const go = (change: { [key in keyof ReportSearch]?: string | undefined }) => {
    const next = Object.entries({ ...search, ...change }).filter(([, value]) => value);
    void navigate({ to: '/reports', search: Object.fromEntries(next), replace: true });
  };
  const first = search.from ?? dayName(daysAgo(DAYS_AT_FIRST - 1, new Date(`${today}T00:00:00`)));
  const last = search.until ?? today;
  return (
    <>
      <PageBar title={t('title')} />
      <div className={styles.controls} role="toolbar" aria-label={t('controls')}>
        <div className={styles.presets}>
          {PRESETS.map((days) => {
            const from = dayName(daysAgo(days - 1, new Date(`${today}T00:00:00`)));
            const isFirst = days === DAYS_AT_FIRST;
            return (
              <button
                key={days}
                type="button"
                aria-pressed={first === from && last === today}
                onClick={() =>
                  go({ from: isFirst ? undefined : from, until: undefined, interval: undefined })
                }
              >
                {t('lastDays', { count: days })}
              </button>
            );
          })}
        </div>
        <TextInput
          type="date"
          size="xs"
          aria-label={t('from')}
          value={first}
          max={last}
          onChange={(event) => go({ from: event.currentTarget.value })}
        />
        <span aria-hidden>–</span>
        <TextInput
          type="date"
          size="xs"
          aria-label={t('until')}
          value={last}
          min={first}
          onChange={(event) => go({ until: event.currentTarget.value })}
        />
        <Select
          size="xs"
          w={130}
          aria-label={t('groupedBy')}
          allowDeselect={false}
          data={INTERVALS.map((interval) => ({ value: interval, label: t(`by.${interval}`) }))}
          value={range?.interval ?? 'DAY'}
          onChange={(interval) => go({ interval: interval ?? undefined })}
        />
        <Select
          size="xs"
          w={180}
          aria-label={t('queue')}
          placeholder={t('allQueues')}
          clearable
          clearButtonProps={{ 'aria-label': t('allQueues') }}
          data={(data?.queues ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          value={search.queue ?? null}
          onChange={(queue) => go({ queue: queue ?? undefined })}
        />
      </div>
      {range === null ? (
        <EmptyState title={t('badRange')}>{t('badRangeText')}</EmptyState>
      ) : (
        <div className={styles.page}>
          <TicketReport range={range} queueId={search.queue} />
          <SuggestionReport kind="CATEGORY" range={range} queueId={search.queue} />
          <SuggestionReport kind="PRIORITY" range={range} queueId={search.queue} />
        </div>
      )}
    </>
  );
}

import { useState } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { Chart } from '@/components/charts/chart';
import { RecordList, RecordTable } from '@/components/records';
import { Section } from '@/components/section';
import { codeOf } from '@/graphql/errors';
import { graphql } from '@/graphql/generated';
import type { LabelKind, WeeklyFiguresQuery } from '@/graphql/generated/graphql';
import { useFormats } from '@/lib/time';
import styles from './models.module.css';

const WeeklyFiguresDocument = graphql(`
  query WeeklyFigures($kind: LabelKind!, $from: DateTime) {
    suggestionFigures(kind: $kind, from: $from, groupBy: [WEEK]) {
      week
      count
      acceptance
      coverage
      accuracy
      accepted
      dismissed
      overridden
    }
  }
`);

type Week = WeeklyFiguresQuery['suggestionFigures'][number];
const WEEKS = 26;
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** What became of suggestions, week by week. */
export function Figures({ kind }: { kind: LabelKind }) {
  const { t } = useText('models');
  const formats = useFormats();
  const [from] = useState(() => new Date(Date.now() - WEEKS * WEEK_MS).toISOString());
  const [{ data, error }, again] = useQuery({
    query: WeeklyFiguresDocument,
    variables: { kind, from },
    requestPolicy: 'cache-and-network',
  });
  const weeks = data?.suggestionFigures;
  const rows = (weeks ?? []).map((week) => ({ ...week, id: week.week ?? '' }));
  const share = (value: number | null) => (value === null ? '–' : formats.percent(value));
  const number = (name: 'count' | 'accepted' | 'overridden' | 'dismissed', isOptional = true) => ({
    id: name,
    heading: t(`figures.${name}`),
    align: 'right' as const,
    isOptional,
    cell: (week: Week) => formats.number(week[name]),
  });
  return (
    <Section title={t('figures.title')} text={t('figures.text')}>
      <RecordList
        rows={weeks}
        failure={codeOf(error)}
        onRetry={() => again({ requestPolicy: 'network-only' })}
        isPart
        empty={{ title: t('figures.none'), text: t('figures.noneText') }}
      >
        <div className={styles.beside}>
          <Chart
            label={t('figures.chart')}
            kind="lines"
            format={formats.percent}
            isShare
            places={rows.map(({ id }) => id)}
            series={(['acceptance', 'coverage', 'accuracy'] as const).map((name) => ({
              name: t(`figures.${name}`),
              values: rows.map((row) => row[name]),
            }))}
          />
          <RecordTable
            label={t('figures.title')}
            rows={[...rows].reverse()}
            columns={[
              {
                id: 'week',
                heading: t('figures.week'),
                cell: (week) => <span className={styles.whole}>{week.id}</span>,
              },
              number('count', false),
              ...(['acceptance', 'coverage', 'accuracy'] as const).map((name) => ({
                id: name,
                heading: t(`figures.${name}`),
                align: 'right' as const,
                cell: (week: Week) => share(week[name]),
              })),
              number('accepted'),
              number('overridden'),
              number('dismissed'),
            ]}
          />
        </div>
      </RecordList>
    </Section>
  );
}

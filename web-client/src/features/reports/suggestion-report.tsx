import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { Chart } from '@/components/charts/chart';
import { ErrorState, LoadingState } from '@/components/state';
import { codeOf } from '@/graphql/errors';
import { graphql } from '@/graphql/generated';
import type { LabelKind } from '@/graphql/generated/graphql';
import { useFormats } from '@/lib/time';
import type { ReportRange } from './search';
import { Section } from './section';

const SuggestionReportDocument = graphql(`
  query SuggestionReport($kind: LabelKind!, $queueId: ID, $from: DateTime, $to: DateTime) {
    suggestionFigures(kind: $kind, queueId: $queueId, from: $from, to: $to, groupBy: [WEEK]) {
      week
      count
      accepted
      dismissed
      overridden
      acceptance
      coverage
      accuracy
    }
  }
`);

type Props = { kind: LabelKind; range: ReportRange; queueId: string | undefined };

/** What people made of the desk's suggestions, week by week. */
export function SuggestionReport({ kind, range, queueId }: Props) {
  const { t } = useText('reports');
  const formats = useFormats();
  const [{ data, error }, again] = useQuery({
    query: SuggestionReportDocument,
    variables: {
      kind,
      queueId: queueId ?? null,
      from: range.from.toISOString(),
      to: range.to.toISOString(),
    },
    requestPolicy: 'cache-and-network',
  });
  if (!data) {
    if (!error) return <LoadingState lines={4} />;
    const retry = () => again({ requestPolicy: 'network-only' });
    return <ErrorState code={codeOf(error) ?? 'INTERNAL'} onRetry={retry} />;
  }
  const rows = data.suggestionFigures;
  type Row = (typeof rows)[number];
  const count = (name: string, of: (row: Row) => number) => ({
    name,
    show: (row: Row) => formats.number(of(row)),
    raw: of,
  });
  const share = (name: string, of: (row: Row) => number | null) => ({
    name,
    show: (row: Row) => {
      const value = of(row);
      return value === null ? null : formats.percent(value);
    },
    raw: of,
  });
  return (
    <Section
      title={t(`suggestions.${kind}`)}
      file={`suggestions-${kind.toLowerCase()}`}
      columns={[
        { name: t('interval.WEEK'), show: (row: Row) => row.week, raw: (row: Row) => row.week },
        count(t('suggested'), (row) => row.count),
        count(t('accepted'), (row) => row.accepted),
        count(t('overridden'), (row) => row.overridden),
        count(t('dismissed'), (row) => row.dismissed),
        share(t('acceptance'), (row) => row.acceptance),
        share(t('coverage'), (row) => row.coverage),
        share(t('accuracy'), (row) => row.accuracy),
      ]}
      rows={rows}
      keyOf={(row) => row.week ?? ''}
      isWide
    >
      {rows.every((row) => row.acceptance === null && row.accuracy === null) ? null : (
        <Chart
          label={t('suggestionsLabel')}
          kind="lines"
          places={rows.map((row) => row.week ?? '')}
          format={formats.percent}
          isShare
          series={[
            { name: t('acceptance'), values: rows.map((row) => row.acceptance) },
            { name: t('accuracy'), values: rows.map((row) => row.accuracy) },
          ]}
        />
      )}
    </Section>
  );
}

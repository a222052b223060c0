import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { Chart } from '@/components/charts/chart';
import { ErrorState, LoadingState } from '@/components/state';
import { codeOf } from '@/graphql/errors';
import { graphql, unmask } from '@/graphql/generated';
import type { ReportFiguresFragment, TicketReportQuery } from '@/graphql/generated/graphql';
import { useFormats } from '@/lib/time';
import { useDurations, usePlaces } from './formats';
import type { ReportRange } from './search';
import { Section } from './section';
import styles from './reports.module.css';

const TicketReportDocument = graphql(`
  query TicketReport(
    $from: DateTime!
    $to: DateTime!
    $interval: ReportInterval!
    $timeZone: String
    $queueIds: [ID!]!
  ) {
    ticketReport(from: $from, to: $to, interval: $interval, timeZone: $timeZone, queueIds: $queueIds) {
      total {
        ...ReportFigures
      }
      buckets {
        from
        to
        figures {
          ...ReportFigures
        }
      }
      backlog {
        queue {
          id
          name
        }
        open
        pending
        unassigned
      }
    }
  }
`);

const ReportFigures = graphql(`
  fragment ReportFigures on TicketFigures {
    created
    solved
    reopened
    firstResponse {
      count
      medianSeconds
      p90Seconds
    }
    resolution {
      count
      medianSeconds
      p90Seconds
    }
  }
`);

type Report = TicketReportQuery['ticketReport'];
type Bucket = { from: string; figures: ReportFiguresFragment };

/** What came in and went out, how long people waited, and what waits now. */
export function TicketReport({ range, queueId }: { range: ReportRange; queueId: string | undefined }) {
  const { from, to, interval } = range;
  const [{ data, error }, again] = useQuery({
    query: TicketReportDocument,
    variables: {
      from: from.toISOString(),
      to: to.toISOString(),
      interval,
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      queueIds: queueId === undefined ? [] : [queueId],
    },
    requestPolicy: 'cache-and-network',
  });
  if (data) return <Shown report={data.ticketReport} range={range} />;
  if (!error) return <LoadingState lines={12} />;
  const retry = () => again({ requestPolicy: 'network-only' });
  return <ErrorState code={codeOf(error) ?? 'INTERNAL'} onRetry={retry} />;
}

function Shown({ report, range }: { report: Report; range: ReportRange }) {
  const { t } = useText('reports');
  const formats = useFormats();
  const duration = useDurations();
  const placeOf = usePlaces(range.interval);
  const { backlog } = report;
  const total = unmask(ReportFigures, report.total);
  const buckets = report.buckets.map(({ from, figures }): Bucket => ({
    from,
    figures: unmask(ReportFigures, figures),
  }));
  const places = buckets.map((bucket) => placeOf(bucket.from));
  const time = {
    name: t(`interval.${range.interval}`),
    show: (bucket: Bucket) => placeOf(bucket.from),
    raw: (bucket: Bucket) => bucket.from,
  };
  const count = (name: string, of: (bucket: Bucket) => number) => ({
    name,
    show: (bucket: Bucket) => formats.number(of(bucket)),
    raw: of,
  });
  const seconds = (name: string, of: (bucket: Bucket) => number | null) => ({
    name,
    show: (bucket: Bucket) => duration(of(bucket)),
    raw: of,
  });
  return (
    <>
      <dl className={styles.tiles}>
        <Tile name={t('created')} value={formats.number(total.created)} />
        <Tile name={t('solved')} value={formats.number(total.solved)} />
        <Tile name={t('reopened')} value={formats.number(total.reopened)} />
        <Tile
          name={t('firstResponse')}
          value={duration(total.firstResponse.medianSeconds) ?? '–'}
          note={t('p90Of', { value: duration(total.firstResponse.p90Seconds) ?? '–' })}
        />
        <Tile
          name={t('resolution')}
          value={duration(total.resolution.medianSeconds) ?? '–'}
          note={t('p90Of', { value: duration(total.resolution.p90Seconds) ?? '–' })}
        />
      </dl>
      <Section
        title={t('flow')}
        file="tickets"
        columns={[
          time,
          count(t('created'), ({ figures }) => figures.created),
          count(t('solved'), ({ figures }) => figures.solved),
          count(t('reopened'), ({ figures }) => figures.reopened),
        ]}
        rows={buckets}
        keyOf={(bucket) => bucket.from}
      >
        <Chart
          label={t('flowLabel')}
          kind="bars"
          places={places}
          format={formats.number}
          series={[
            { name: t('created'), values: buckets.map(({ figures }) => figures.created) },
            { name: t('solved'), values: buckets.map(({ figures }) => figures.solved) },
          ]}
        />
      </Section>
      {(['firstResponse', 'resolution'] as const).map((kind) => (
        <Section
          key={kind}
          title={t(`times.${kind}.title`)}
          file={kind === 'firstResponse' ? 'first-response' : 'resolution'}
          columns={[
            time,
            count(t('count'), ({ figures }) => figures[kind].count),
            seconds(t('median'), ({ figures }) => figures[kind].medianSeconds),
            seconds(t('p90'), ({ figures }) => figures[kind].p90Seconds),
          ]}
          rows={buckets}
          keyOf={(bucket) => bucket.from}
        >
          <Chart
            label={t(`times.${kind}.label`)}
            kind="lines"
            places={places}
            format={(value) => (value === 0 ? '0' : (duration(value) ?? ''))}
            isTime
            series={[
              { name: t('median'), values: buckets.map(({ figures }) => figures[kind].medianSeconds) },
              { name: t('p90'), values: buckets.map(({ figures }) => figures[kind].p90Seconds) },
            ]}
          />
        </Section>
      ))}
      <Section
        title={t('backlog')}
        file="backlog"
        columns={[
          { name: t('queue'), show: (row) => row.queue?.name, raw: (row) => row.queue?.name ?? null },
          { name: t('open'), show: (row) => formats.number(row.open), raw: (row) => row.open },
          { name: t('pending'), show: (row) => formats.number(row.pending), raw: (row) => row.pending },
          {
            name: t('unassigned'),
            show: (row) => formats.number(row.unassigned),
            raw: (row) => row.unassigned,
          },
        ]}
        rows={backlog}
        keyOf={(row) => row.queue?.id ?? ''}
      >
        <Chart
          label={t('backlogLabel')}
          kind="bars"
          places={backlog.map((row) => row.queue?.name ?? '')}
          format={formats.number}
          series={[
            { name: t('open'), values: backlog.map((row) => row.open) },
            { name: t('pending'), values: backlog.map((row) => row.pending) },
            { name: t('unassigned'), values: backlog.map((row) => row.unassigned) },
          ]}
        />
      </Section>
    </>
  );
}

function Tile({ name, value, note }: { name: string; value: string; note?: string }) {
  return (
    <div className={styles.tile}>
      <dt>{name}</dt>
      <dd className={styles.value}>{value}</dd>
      {note ? <dd className={styles.noteText}>{note}</dd> : null}
    </div>
  );
}

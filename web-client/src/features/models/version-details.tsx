import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { CalibrationPlot } from '@/components/charts/calibration-plot';
import { ConfusionMatrix } from '@/components/charts/confusion-matrix';
import { RecordTable } from '@/components/records';
import { Section } from '@/components/section';
import { graphql } from '@/graphql/generated';
import type { LabelKind, ModelVersion_versionFragment } from '@/graphql/generated/graphql';
import { useFormats } from '@/lib/time';
import {
  confusionOf,
  heldBackTickets,
  labelMeasures,
  linesOf,
  measureOf,
  overall,
  ticketsPerLabel,
} from './measures';
import { sizeOf } from './size';
import styles from './models.module.css';

export const VersionFields = graphql(`
  fragment ModelVersion_version on ModelVersion {
    id
    kind
    number
    threshold
    labels
    artifactHash
    artifactBytes
    featureVersion
    metrics
    parameters
    trainingData
    confusion
    createdAt
    createdBy {
      id
      name
    }
    validations {
      sample
      difference
      low
      high
      verdict
      note
      createdAt
      champion {
        id
        number
      }
    }
  }
`);

const CalibrationDocument = graphql(`
  query VersionCalibration($kind: LabelKind!, $versionId: ID) {
    suggestionCalibration(kind: $kind, versionId: $versionId) {
      count
      expectedCalibrationError
      bins {
        from
        to
        count
        meanProbability
        right
      }
    }
  }
`);

export type ModelVersion = ModelVersion_versionFragment;
const PRIORITIES = ['LOW', 'NORMAL', 'HIGH', 'URGENT'] as const;
const MOST_PAIRS = 12;
const LEFT_OUT = new Set(['perLabel']);

/** Everything that is known of a version. */
export function VersionDetails({ version }: { version: ModelVersion }) {
  const { t } = useText('models');
  return (
    <>
      <Summary version={version} />
      <Validations version={version} />
      <Labels version={version} />
      <Confusions version={version} />
      <Calibration kind={version.kind} versionId={version.id} />
      <Section title={t('details.parameters')}>
        <Lines label={t('details.parameters')} lines={linesOf(version.parameters)} />
      </Section>
      <Snapshot version={version} />
    </>
  );
}

function Summary({ version }: { version: ModelVersion }) {
  const { t, i18n } = useText('models');
  const formats = useFormats();
  const heldBack = heldBackTickets(version.metrics);
  const measures = overall.flatMap((name) => {
    const value = measureOf(version.metrics, name);
    return value === null ? [] : [{ id: name, name: t(`measure.${name}`), value: formats.percent(value) }];
  });
  const facts = [
    ...measures,
    { id: 'threshold', name: t('details.threshold'), value: formats.percent(version.threshold) },
    { id: 'size', name: t('versions.size'), value: sizeOf(version.artifactBytes, i18n.language) },
    { id: 'by', name: t('versions.by'), value: version.createdBy?.name ?? t('desk') },
    { id: 'created', name: t('versions.created'), value: formats.dateTime(version.createdAt) },
    { id: 'features', name: t('details.featureVersion'), value: formats.number(version.featureVersion) },
    { id: 'hash', name: t('details.hash'), value: version.artifactHash.slice(0, 12) },
  ];
  return (
    <Section
      title={t('details.measures')}
      {...(heldBack === null ? {} : { text: t('details.heldBack', { count: heldBack }) })}
    >
      <dl className={styles.facts}>
        {facts.map(({ id, name, value }) => (
          <div key={id}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

function Validations({ version }: { version: ModelVersion }) {
  const { t } = useText('models');
  const formats = useFormats();
  if (version.validations.length === 0) return null;
  const points = (value: number) => formats.number(Math.round(value * 1000) / 10);
  return (
    <Section title={t('details.validations')} text={t('details.validationsText')}>
      <RecordTable
        label={t('details.validations')}
        rows={version.validations.map((one) => ({ ...one, id: one.createdAt }))}
        columns={[
          {
            id: 'champion',
            heading: t('rollout.champion'),
            cell: ({ champion }) => (champion ? t('version', { number: champion.number }) : '–'),
          },
          { id: 'verdict', heading: t('details.verdict'), cell: ({ verdict }) => t(`verdict.${verdict}`) },
          {
            id: 'sample',
            heading: t('details.tickets'),
            align: 'right',
            cell: ({ sample }) => formats.number(sample),
          },
          {
            id: 'difference',
            heading: t('details.difference'),
            align: 'right',
            cell: ({ sample, difference, low, high }) =>
              sample === 0 ? '–' : `${points(difference)} (${points(low)} … ${points(high)})`,
          },
          { id: 'note', heading: t('details.note'), isOptional: true, cell: ({ note }) => note },
        ]}
      />
    </Section>
  );
}

/** Categories are called as they are, priorities as everywhere else. */
function useLabelName(): (label: string) => string {
  const { t } = useText('common');
  return (label) => {
    const priority = PRIORITIES.find((one) => one === label.toUpperCase());
    return priority ? t(`priority.${priority}`) : label;
  };
}

function Labels({ version }: { version: ModelVersion }) {
  const { t } = useText('models');
  const nameOf = useLabelName();
  const formats = useFormats();
  const rows = labelMeasures(version.metrics);
  if (rows.length === 0) return null;
  const share = (value: number | null) => (value === null ? '–' : formats.percent(value));
  const number = (value: number | null) => (value === null ? '–' : formats.number(value));
  return (
    <Section title={t('details.labels')} text={t('details.labelsText')}>
      <RecordTable
        label={t('details.labels')}
        rows={rows}
        columns={[
          { id: 'label', heading: t(`kind.${version.kind}`), cell: ({ label }) => nameOf(label) },
          {
            id: 'precision',
            heading: t('measure.precision'),
            align: 'right',
            cell: ({ precision }) => share(precision),
          },
          { id: 'recall', heading: t('details.recall'), align: 'right', cell: ({ recall }) => share(recall) },
          {
            id: 'f1',
            heading: t('details.f1'),
            align: 'right',
            isOptional: true,
            cell: ({ f1 }) => share(f1),
          },
          {
            id: 'tickets',
            heading: t('details.tickets'),
            align: 'right',
            cell: ({ tickets }) => number(tickets),
          },
          {
            id: 'suggested',
            heading: t('details.suggested'),
            align: 'right',
            isOptional: true,
            cell: ({ suggested }) => number(suggested),
          },
        ]}
      />
    </Section>
  );
}

function Confusions({ version }: { version: ModelVersion }) {
  const { t } = useText('models');
  const formats = useFormats();
  const nameOf = useLabelName();
  const confusion = confusionOf(version.confusion);
  if (!confusion) return null;
  return (
    <Section title={t('details.confusion')} text={t('details.confusionText')}>
      <div className={styles.beside}>
        <ConfusionMatrix
          label={t('details.confusion')}
          corner={t('details.truth')}
          confusion={confusion}
          nameOf={nameOf}
          columnName={(label) => t('details.suggestedAs', { label: nameOf(label) })}
        />
        {confusion.pairs.length > 0 ? (
          <RecordTable
            label={t('details.pairs')}
            rows={confusion.pairs.slice(0, MOST_PAIRS)}
            columns={[
              { id: 'truth', heading: t('details.truth'), cell: ({ truth }) => nameOf(truth) },
              {
                id: 'suggested',
                heading: t('details.suggested'),
                cell: ({ suggested }) => nameOf(suggested),
              },
              {
                id: 'count',
                heading: t('details.tickets'),
                align: 'right',
                cell: ({ count }) => formats.number(count),
              },
            ]}
          />
        ) : (
          <p className={styles.note}>{t('details.noPairs')}</p>
        )}
      </div>
    </Section>
  );
}

function Calibration({ kind, versionId }: { kind: LabelKind; versionId: string }) {
  const { t } = useText('models');
  const formats = useFormats();
  const [{ data }] = useQuery({ query: CalibrationDocument, variables: { kind, versionId } });
  if (!data) return null;
  const { bins, count, expectedCalibrationError: error } = data.suggestionCalibration;
  const share = (value: number | null) => (value === null ? '–' : formats.percent(value));
  return (
    <Section title={t('calibration.title')} text={t('calibration.text')}>
      {count === 0 ? (
        <p className={styles.note}>{t('calibration.none')}</p>
      ) : (
        <div className={styles.beside}>
          <div>
            <CalibrationPlot
              label={t('calibration.title')}
              xName={t('calibration.probability')}
              yName={t('calibration.right')}
              bins={bins}
            />
            {error === null ? null : (
              <p className={styles.note}>
                {t('calibration.error', {
                  share: formats.percent(error),
                  suggestions: formats.number(count),
                })}
              </p>
            )}
          </div>
          <RecordTable
            label={t('calibration.title')}
            rows={bins.filter((bin) => bin.count > 0).map((bin) => ({ ...bin, id: String(bin.from) }))}
            columns={[
              {
                id: 'range',
                heading: t('calibration.range'),
                cell: ({ from, to }) => `${formats.percent(from)} – ${formats.percent(to)}`,
              },
              {
                id: 'mean',
                heading: t('calibration.probability'),
                align: 'right',
                cell: ({ meanProbability }) => share(meanProbability),
              },
              {
                id: 'right',
                heading: t('calibration.right'),
                align: 'right',
                cell: ({ right }) => share(right),
              },
              {
                id: 'count',
                heading: t('calibration.count'),
                align: 'right',
                cell: (bin) => formats.number(bin.count),
              },
            ]}
          />
        </div>
      )}
    </Section>
  );
}

function Snapshot({ version }: { version: ModelVersion }) {
  const { t } = useText('models');
  const formats = useFormats();
  const nameOf = useLabelName();
  const perLabel = ticketsPerLabel(version.trainingData);
  const lines = linesOf(version.trainingData).filter(({ id }) => !LEFT_OUT.has(id.split('.')[0] ?? ''));
  return (
    <Section title={t('details.training')}>
      <div className={styles.beside}>
        <Lines label={t('details.training')} lines={lines} />
        {perLabel.length > 0 ? (
          <RecordTable
            label={t('details.perLabel')}
            rows={perLabel}
            columns={[
              { id: 'label', heading: t(`kind.${version.kind}`), cell: ({ id }) => nameOf(id) },
              {
                id: 'tickets',
                heading: t('details.tickets'),
                align: 'right',
                cell: ({ tickets }) => formats.number(tickets),
              },
            ]}
          />
        ) : null}
      </div>
    </Section>
  );
}

function Lines({ label, lines }: { label: string; lines: { id: string; value: string }[] }) {
  const { t } = useText('models');
  if (lines.length === 0) return <p className={styles.note}>{t('details.unknown')}</p>;
  return (
    <RecordTable
      label={label}
      rows={lines}
      columns={[
        { id: 'name', heading: t('details.name'), cell: ({ id }) => <code>{id}</code> },
        {
          id: 'value',
          heading: t('details.value'),
          cell: ({ value }) => <code className={styles.code}>{value}</code>,
        },
      ]}
    />
  );
}

import { Link } from '@tanstack/react-router';
import { useText } from '@/i18n/use-text';
import { Age } from '@/components/marks';
import { RecordList } from '@/components/records';
import { Section } from '@/components/section';
import { graphql } from '@/graphql/generated';
import type { LabelKind, RolloutHistoryQuery } from '@/graphql/generated/graphql';
import { usePages } from '@/graphql/use-pages';
import { useFormats } from '@/lib/time';
import { evidenceOf, type Evidence } from './measures';
import { pathOfVersion } from './version-path';
import styles from './models.module.css';

const RolloutHistoryDocument = graphql(`
  query RolloutHistory($kind: LabelKind!, $after: String) {
    modelRollout(kind: $kind) {
      kind
      revision
      history(first: 20, after: $after) {
        nodes {
          id
          action
          reason
          isOverride
          evidence
          createdAt
          actor {
            id
            name
          }
          version {
            id
            number
          }
          rollout {
            kind
            revision
            stage
            percent
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

type Step = NonNullable<RolloutHistoryQuery['modelRollout']>['history']['nodes'][number];
const EMPTY = { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };
const historyOf = (data: RolloutHistoryQuery) => data.modelRollout?.history ?? EMPTY;

/** Everything that was done to a rollout, by people and by the desk itself, and what it was decided by. */
export function RolloutHistory({ kind }: { kind: LabelKind }) {
  const { t } = useText('models');
  const list = usePages(RolloutHistoryDocument, { kind }, historyOf);
  return (
    <Section title={t('history.title')}>
      <RecordList
        rows={list.nodes}
        failure={list.failure}
        onRetry={list.retry}
        isPart
        empty={{ title: t('history.none') }}
        hasMore={list.hasMore}
        isReading={list.isReading}
        onMore={list.more}
      >
        <ol className={styles.steps} aria-label={t('history.title')}>
          {list.nodes?.map((step) => (
            <HistoryStep key={step.id} step={step} />
          ))}
        </ol>
      </RecordList>
    </Section>
  );
}

function HistoryStep({ step }: { step: Step }) {
  const { t } = useText('models');
  const formats = useFormats();
  const evidence = evidenceOf(step.evidence);
  const isAlarm = step.action === 'ROLLED_BACK_AUTOMATICALLY';
  return (
    <li className={isAlarm ? styles.alarm : undefined}>
      <div className={styles.stepHead}>
        <strong>{t(`history.action.${step.action}`)}</strong>
        {step.version ? (
          <Link {...pathOfVersion(step.version.id)}>{t('version', { number: step.version.number })}</Link>
        ) : null}
        {step.action === 'CANARY_STARTED' ? <span>{formats.percent(step.rollout.percent / 100)}</span> : null}
        {step.isOverride ? <span className={styles.badge}>{t('history.override')}</span> : null}
        <span className={styles.dim}>
          {step.actor?.name ?? t('desk')} · <Age time={step.createdAt} words />
        </span>
      </div>
      {step.reason === null ? null : <p className={styles.reason}>{step.reason}</p>}
      {evidence ? <EvidenceText evidence={evidence} /> : null}
    </li>
  );
}

function EvidenceText({ evidence }: { evidence: Evidence }) {
  const { t } = useText('models');
  const formats = useFormats();
  const { findings, samples, validation } = evidence;
  const value = (number: number | null) =>
    number === null ? '–' : formats.number(Math.round(number * 1000) / 1000);
  return (
    <div className={styles.evidence}>
      {findings.length > 0 ? (
        <table aria-label={t('history.evidence')}>
          <thead>
            <tr>
              <th scope="col">{t('history.finding')}</th>
              <th scope="col">{t('history.trial')}</th>
              <th scope="col">{t('history.control')}</th>
              <th scope="col">{t('history.threshold')}</th>
            </tr>
          </thead>
          <tbody>
            {findings.map((finding, at) => (
              <tr key={at}>
                <td>{finding.message}</td>
                <td>{value(finding.trial)}</td>
                <td>{value(finding.control)}</td>
                <td>{value(finding.threshold)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {samples ? (
        <p>{t('history.samples', { trial: value(samples.trial), control: value(samples.control) })}</p>
      ) : null}
      {validation ? (
        <p>
          {t('history.validation', {
            verdict: t(`verdict.${validation.verdict.toUpperCase()}` as 'verdict.BETTER'),
            sample: value(validation.sample),
            low: value(validation.low),
            high: value(validation.high),
          })}
        </p>
      ) : null}
    </div>
  );
}

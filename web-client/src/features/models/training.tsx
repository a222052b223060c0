import { Button, Progress } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useSubscription } from 'urql';
import { useText } from '@/i18n/use-text';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { Age } from '@/components/marks';
import { RecordList } from '@/components/records';
import { Section } from '@/components/section';
import { graphql, unmask } from '@/graphql/generated';
import type { LabelKind, ModelRun_runFragment, ModelRunsQuery } from '@/graphql/generated/graphql';
import { usePages } from '@/graphql/use-pages';
import { useFormats } from '@/lib/time';
import { Schedule } from './schedule';
import { pathOfVersion } from './version-path';
import { TrainDialog } from './train-dialog';
import styles from './models.module.css';

const RunFields = graphql(`
  fragment ModelRun_run on ModelRun {
    id
    kind
    state
    step
    done
    cancelRequested
    error
    tickets
    createdAt
    finishedAt
    requestedBy {
      id
      name
    }
    version {
      id
      number
    }
  }
`);

const ModelRunsDocument = graphql(`
  query ModelRuns($kind: LabelKind, $after: String) {
    modelRuns(kind: $kind, first: 10, after: $after) {
      nodes {
        id
        ...ModelRun_run
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

/** The cache takes each step to the run that is shown. */
const ModelRunUpdates = graphql(`
  subscription ModelRunUpdates($runId: ID!) {
    modelRunUpdates(runId: $runId) {
      ...ModelRun_run
    }
  }
`);

const CancelRunDocument = graphql(`
  mutation CancelModelRun($input: CancelModelRunInput!) {
    cancelModelRun(input: $input) {
      run {
        ...ModelRun_run
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

type Run = ModelRun_runFragment;
const runsOf = (data: ModelRunsQuery) => data.modelRuns;

/** Trainings of a kind, as they go on; when they begin by themselves. Admins only. */
export function Training({ kind }: { kind: LabelKind }) {
  const { t } = useText('models');
  const [isStarting, setStarting] = useState(false);
  const [cancelling, setCancelling] = useState<Run | null>(null);
  const list = usePages(ModelRunsDocument, { kind }, runsOf);
  const runs = list.nodes && unmask(RunFields, list.nodes);
  const isBusy = runs?.some(({ state }) => state === 'QUEUED' || state === 'RUNNING') ?? false;
  return (
    <Section
      title={t('training.title')}
      text={t('training.text')}
      action={
        <Button size="xs" disabled={isBusy} onClick={() => setStarting(true)}>
          {t('training.start')}
        </Button>
      }
    >
      <Schedule kind={kind} />
      <RecordList
        rows={runs}
        failure={list.failure}
        onRetry={list.retry}
        isPart
        empty={{ title: t('training.none'), text: t('training.noneText') }}
        hasMore={list.hasMore}
        isReading={list.isReading}
        onMore={list.more}
      >
        <ul className={styles.steps} aria-label={t('training.title')}>
          {runs?.map((run) => (
            <RunRow key={run.id} run={run} onCancel={() => setCancelling(run)} />
          ))}
        </ul>
      </RecordList>
      {isStarting ? <TrainDialog kind={kind} onClose={() => setStarting(false)} /> : null}
      {cancelling ? <CancelDialog run={cancelling} onClose={() => setCancelling(null)} /> : null}
    </Section>
  );
}

function RunRow({ run, onCancel }: { run: Run; onCancel: () => void }) {
  const { t } = useText('models');
  const formats = useFormats();
  const isGoing = run.state === 'QUEUED' || run.state === 'RUNNING';
  useSubscription({ query: ModelRunUpdates, variables: { runId: run.id }, pause: !isGoing });
  return (
    <li>
      <div className={styles.stepHead}>
        <strong>{t(`training.state.${run.state}`)}</strong>
        {run.version ? (
          <Link {...pathOfVersion(run.version.id)}>{t('version', { number: run.version.number })}</Link>
        ) : null}
        {run.tickets === null ? null : <span>{t('training.tickets', { count: run.tickets })}</span>}
        <span className={styles.dim}>
          {run.requestedBy?.name ?? t('training.schedule')} · <Age time={run.createdAt} words />
        </span>
        {isGoing ? (
          <Button
            size="compact-xs"
            variant="default"
            ml="auto"
            disabled={run.cancelRequested}
            onClick={onCancel}
          >
            {run.cancelRequested ? t('training.cancelling') : t('training.cancel')}
          </Button>
        ) : null}
      </div>
      {isGoing ? (
        <div className={styles.progress}>
          <Progress.Root size="sm">
            <Progress.Section value={run.done * 100} aria-label={t('training.progress')} />
          </Progress.Root>
          <span>
            {run.step ? t(`training.step.${run.step}`) : t('training.waiting')} · {formats.percent(run.done)}
          </span>
        </div>
      ) : null}
      {run.error === null ? null : <p className={styles.reason}>{run.error}</p>}
    </li>
  );
}

function CancelDialog({ run, onClose }: { run: Run; onClose: () => void }) {
  const { t } = useText('models');
  return (
    <ConfirmDialog
      document={CancelRunDocument}
      input={{ id: run.id }}
      title={t('training.cancelTitle')}
      action={t('training.cancelDo')}
      isDangerous
      onClose={onClose}
    >
      {t('training.cancelText')}
    </ConfirmDialog>
  );
}

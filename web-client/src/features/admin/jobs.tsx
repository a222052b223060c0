import { Button, Modal } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useText } from '@/i18n/use-text';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { Age } from '@/components/marks';
import { RecordList, RecordTable } from '@/components/records';
import { RowMenu } from '@/components/row-menu';
import { SectionHead } from '@/components/section';
import { graphql } from '@/graphql/generated';
import type { ParkedJobsQuery } from '@/graphql/generated/graphql';
import { usePages } from '@/graphql/use-pages';
import { useFormats } from '@/lib/time';
import styles from './admin.module.css';

const ParkedJobsDocument = graphql(`
  query ParkedJobs($after: String) {
    parkedJobs(first: 50, after: $after) {
      nodes {
        id
        kind
        attempts
        lastError
        runAt
        createdAt
        ticket {
          id
          number
          subject
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const ReplayJobDocument = graphql(`
  mutation ReplayJob($input: ReplayJobInput!) {
    replayJob(input: $input) {
      job {
        id
        attempts
        runAt
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const DiscardJobDocument = graphql(`
  mutation DiscardJob($input: DiscardJobInput!) {
    discardJob(input: $input) {
      discardedId
      errors {
        code
        message
        path
      }
    }
  }
`);

type Job = ParkedJobsQuery['parkedJobs']['nodes'][number];
const jobsOf = (data: ParkedJobsQuery) => data.parkedJobs;

/** Work that failed too often and waits for somebody to have removed the cause. */
export function Jobs() {
  const { t } = useText('admin');
  const formats = useFormats();
  const list = usePages(ParkedJobsDocument, {}, jobsOf);
  const [open, setOpen] = useState<{ what: 'inspect' | 'replay' | 'discard'; job: Job } | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <SectionHead title={t('section.jobs')} text={t('jobs.text')}>
        <Button size="xs" variant="default" onClick={list.retry}>
          {t('jobs.look')}
        </Button>
      </SectionHead>
      <RecordList
        rows={list.nodes}
        failure={list.failure}
        onRetry={list.retry}
        empty={{ title: t('jobs.none'), text: t('jobs.noneText') }}
        hasMore={list.hasMore}
        isReading={list.isReading}
        onMore={list.more}
      >
        <RecordTable
          label={t('section.jobs')}
          rows={list.nodes ?? []}
          columns={[
            {
              id: 'kind',
              heading: t('jobs.kind'),
              cell: (job) => <span className={styles.mono}>{job.kind}</span>,
            },
            {
              id: 'error',
              heading: t('jobs.error'),
              cell: (job) => <span className={styles.clip}>{job.lastError ?? t('jobs.noError')}</span>,
            },
            {
              id: 'attempts',
              heading: t('jobs.attempts'),
              align: 'right',
              cell: (job) => formats.number(job.attempts),
            },
            {
              id: 'created',
              heading: t('field.created'),
              isOptional: true,
              cell: (job) => <Age time={job.createdAt} words />,
            },
            {
              id: 'actions',
              heading: t('field.actions'),
              isHeadingHidden: true,
              align: 'right',
              cell: (job) => (
                <RowMenu
                  name={job.kind}
                  actions={[
                    { label: t('jobs.inspect'), run: () => setOpen({ what: 'inspect', job }) },
                    { label: t('jobs.replay'), run: () => setOpen({ what: 'replay', job }) },
                    {
                      label: t('jobs.discard'),
                      run: () => setOpen({ what: 'discard', job }),
                      isDangerous: true,
                    },
                  ]}
                />
              ),
            },
          ]}
        />
      </RecordList>
      {open?.what === 'inspect' ? (
        <InspectDialog
          job={open.job}
          onReplay={() => setOpen({ what: 'replay', job: open.job })}
          onDiscard={() => setOpen({ what: 'discard', job: open.job })}
          onClose={close}
        />
      ) : null}
      {open?.what === 'replay' ? <ReplayDialog job={open.job} onClose={close} /> : null}
      {open?.what === 'discard' ? <DiscardDialog job={open.job} onClose={close} /> : null}
    </>
  );
}

type DialogProps = { job: Job; onClose: () => void };

function InspectDialog({
  job,
  onReplay,
  onDiscard,
  onClose,
}: DialogProps & { onReplay: () => void; onDiscard: () => void }) {
  const { t } = useText('admin');
  const formats = useFormats();
  const facts = [
    [t('jobs.id'), job.id],
    [t('jobs.attempts'), formats.number(job.attempts)],
    [t('field.created'), formats.dateTime(job.createdAt)],
    [t('jobs.runAt'), formats.dateTime(job.runAt)],
  ];
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t('jobs.inspectTitle', { kind: job.kind })}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      <div className={styles.stack}>
        <dl className={styles.facts}>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
          {job.ticket ? (
            <div>
              <dt>{t('jobs.ticket')}</dt>
              <dd>
                <Link to="/tickets/$number" params={{ number: String(job.ticket.number) }}>
                  #{job.ticket.number} {job.ticket.subject}
                </Link>
              </dd>
            </div>
          ) : null}
        </dl>
        <h3>{t('jobs.error')}</h3>
        <pre className={styles.error}>{job.lastError ?? t('jobs.noError')}</pre>
        <div className={styles.end}>
          <Button size="xs" variant="default" onClick={onDiscard}>
            {t('jobs.discard')}
          </Button>
          <Button size="xs" data-autofocus onClick={onReplay}>
            {t('jobs.replay')}
          </Button>
        </div>
      </div>
    </Modal>
  );
}

function ReplayDialog({ job, onClose }: DialogProps) {
  const { t } = useText('admin');
  return (
    <ConfirmDialog
      document={ReplayJobDocument}
      input={{ id: job.id }}
      title={t('jobs.replayTitle', { kind: job.kind })}
      action={t('jobs.replay')}
      onClose={onClose}
    >
      {t('jobs.replayText')}
    </ConfirmDialog>
  );
}

function DiscardDialog({ job, onClose }: DialogProps) {
  const { t } = useText('admin');
  return (
    <ConfirmDialog
      document={DiscardJobDocument}
      input={{ id: job.id }}
      title={t('jobs.discardTitle', { kind: job.kind })}
      action={t('jobs.discard')}
      isDangerous
      onClose={onClose}
    >
      {t('jobs.discardText')}
    </ConfirmDialog>
  );
}

import { IconInbox, IconStack2, IconUser, IconUserQuestion } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, type ReactNode } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { LoadingState } from '@/components/state';
import { graphql } from '@/graphql/generated';
import type { QueueNavQuery } from '@/graphql/generated/graphql';
import { useCommands } from '@/lib/commands';
import type { CountFrom } from './live-count';
import { NavItem } from './nav-item';
import { filtersOf, QueueNavDocument, useIsReadEarly } from './queue-nav-data';
import styles from './queue-nav.module.css';

export const QueuesDocument = graphql(`
  query Queues {
    queues {
      id
      name
      viewerRight
    }
  }
`);

type Props = {
  viewerId: string;
  /** What stands between the lists of the desk and its queues: the saved views. */
  children: (views: QueueNavQuery['savedViews'], from: (count: number) => CountFrom) => ReactNode;
};

/** The lists of tickets, each with how many are in it at this moment. */
export function QueueNav({ viewerId, children }: Props) {
  const { t } = useText('queues');
  const navigate = useNavigate();
  const isReadEarly = useIsReadEarly();
  const filters = useMemo(() => filtersOf(viewerId), [viewerId]);
  const [{ data, error }, again] = useQuery({
    query: QueueNavDocument,
    variables: filters,
    requestPolicy: isReadEarly ? 'cache-first' : 'network-only',
  });
  const from = (count: number): CountFrom => ({ count, cursor: data?.heartbeat?.cursor ?? null });
  const group = t('common:command.goTo');
  useCommands(
    (data?.queues ?? []).map((queue) => ({
      id: `go.${queue.id}`,
      title: queue.name,
      group,
      run: () => void navigate({ to: '/queues/$queueId', params: { queueId: queue.id } }),
    })),
  );
  if (!data) {
    if (!error) return <LoadingState lines={6} />;
    return (
      <p className={styles.note} role="alert">
        {t('failed')}{' '}
        <button
          type="button"
          className={styles.again}
          onClick={() => again({ requestPolicy: 'network-only' })}
        >
          {t('common:error.retry')}
        </button>
      </p>
    );
  }
  return (
    <>
      <ul className={styles.list}>
        <NavItem
          link={{ to: '/views/$view', params: { view: 'mine' } }}
          icon={<IconUser size={16} />}
          name={t('mine')}
          filter={filters.mine}
          from={from(data.mine.totalCount)}
        />
        <NavItem
          link={{ to: '/views/$view', params: { view: 'unassigned' } }}
          icon={<IconUserQuestion size={16} />}
          name={t('unassigned')}
          filter={filters.unassigned}
          from={from(data.unassigned.totalCount)}
        />
        <NavItem
          link={{ to: '/tickets' }}
          icon={<IconStack2 size={16} />}
          name={t('all')}
          filter={filters.all}
          from={from(data.all.totalCount)}
        />
      </ul>
      {children(data.savedViews, from)}
      <h2 className={styles.heading}>{t('queues')}</h2>
      <ul className={styles.list}>
        {data.queues.map((queue) => (
          <NavItem
            key={queue.id}
            link={{ to: '/queues/$queueId', params: { queueId: queue.id } }}
            icon={<IconInbox size={16} />}
            name={queue.name}
            filter={{ queueIds: [queue.id], statuses: ['OPEN'] }}
            from={from(queue.ticketCount)}
          />
        ))}
      </ul>
      {data.queues.length === 0 ? <p className={styles.note}>{t('none')}</p> : null}
    </>
  );
}

import { IconInbox, IconStack2, IconUser, IconUserQuestion } from '@tabler/icons-react';
import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { graphql } from '@/graphql/generated';
import type { TicketFilterInput } from '@/graphql/generated/graphql';
import { useFormats } from '@/lib/time';
import { useLiveCount } from './live-count';
import styles from './queue-nav.module.css';

export const QueuesDocument = graphql(`
  query Queues {
    queues {
      id
      name
      description
      viewerRight
    }
  }
`);

/** The lists of tickets, each with how many are open in it at this moment. */
export function QueueNav({ viewerId }: { viewerId: string }) {
  const { t } = useText('queues');
  const [{ data, error }, again] = useQuery({ query: QueuesDocument });
  return (
    <>
      <ul className={styles.list}>
        <Item
          link={{ to: '/views/$view', params: { view: 'mine' } }}
          icon={<IconUser size={16} />}
          name={t('mine')}
          filter={{ statuses: ['OPEN'], assigneeId: viewerId }}
        />
        <Item
          link={{ to: '/views/$view', params: { view: 'unassigned' } }}
          icon={<IconUserQuestion size={16} />}
          name={t('unassigned')}
          filter={{ statuses: ['OPEN'], unassigned: true }}
        />
        <Item
          link={{ to: '/tickets' }}
          icon={<IconStack2 size={16} />}
          name={t('all')}
          filter={{ statuses: ['OPEN'] }}
        />
      </ul>
      <h2 className={styles.heading}>{t('queues')}</h2>
      <ul className={styles.list}>
        {data?.queues.map((queue) => (
          <Item
            key={queue.id}
            link={{ to: '/queues/$queueId', params: { queueId: queue.id } }}
            icon={<IconInbox size={16} />}
            name={queue.name}
            filter={{ queueIds: [queue.id], statuses: ['OPEN'] }}
          />
        ))}
      </ul>
      {data?.queues.length === 0 ? <p className={styles.note}>{t('none')}</p> : null}
      {error && !data ? (
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
      ) : null}
    </>
  );
}

type ItemProps = { link: LinkProps; icon: ReactNode; name: string; filter: TicketFilterInput };

function Item({ link, icon, name, filter }: ItemProps) {
  const { t } = useText('queues');
  const formats = useFormats();
  const count = useLiveCount(filter);
  return (
    <li>
      <Link
        {...link}
        className={styles.item}
        activeOptions={{ includeSearch: false }}
        activeProps={{ 'aria-current': 'page' }}
      >
        <span className={styles.icon} aria-hidden>
          {icon}
        </span>
        <span className={styles.name}>{name}</span>
        {count !== null && count > 0 ? (
          <span className={styles.count}>
            {formats.number(count)}
            <span className="visually-hidden"> {t('open', { count })}</span>
          </span>
        ) : null}
      </Link>
    </li>
  );
}

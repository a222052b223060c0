import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useClient, useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { Age, StatusSign } from '@/components/marks';
import { EmptyState, ErrorState, errorKey, LoadingState } from '@/components/state';
import { useLive } from '@/graphql/context';
import { graphql, unmask, type FragmentType } from '@/graphql/generated';
import { useStore } from '@/lib/store';
import { usePageTitle } from '../pages/use-page-title';
import { ownRequests } from './own-requests';
import styles from './portal.module.css';

export const RequestRowFields = graphql(`
  fragment RequestRow_ticket on Ticket {
    id
    number
    subject
    status
    unread
    version
    updatedAt
    assignee {
      id
      name
    }
  }
`);

const RequestRowDocument = graphql(`
  query RequestRow($id: ID!) {
    node(id: $id) {
      id
      ... on Ticket {
        ...RequestRow_ticket
      }
    }
  }
`);

/** Everything the customer has asked for, with where it stands. */
export function RequestsPage() {
  const { t } = useText('portal');
  const client = useClient();
  const list = ownRequests(client, useLive());
  const { phase, code, ids, hasMore, isLoadingMore, moreCode } = useStore(list.state);
  useEffect(() => list.open(), [list]);
  usePageTitle(t('list.title'));
  return (
    <>
      <div className={styles.heading}>
        <h1 className={styles.title}>{t('list.title')}</h1>
        <Button component={Link} to="/portal/new" size="sm" leftSection={<IconPlus size={16} aria-hidden />}>
          {t('new.open')}
        </Button>
      </div>
      {phase === 'loading' ? <LoadingState lines={6} /> : null}
      {phase === 'failed' ? (
        <ErrorState code={code ?? 'INTERNAL'} onRetry={() => void list.reload()} />
      ) : null}
      {phase === 'ready' && ids.length === 0 ? (
        <EmptyState title={t('list.empty')}>{t('list.emptyText')}</EmptyState>
      ) : null}
      {ids.length > 0 ? (
        <ul className={styles.list} aria-label={t('list.title')}>
          {ids.map((id) => (
            <RequestRow key={id} id={id} />
          ))}
        </ul>
      ) : null}
      {moreCode !== null ? (
        <p role="alert" className={styles.problem}>
          {t(`common:${errorKey(moreCode)}`)}
        </p>
      ) : null}
      {hasMore ? (
        <Button variant="default" loading={isLoadingMore} onClick={() => void list.loadMore()}>
          {t('list.more')}
        </Button>
      ) : null}
    </>
  );
}

function RequestRow({ id }: { id: string }) {
  const { t } = useText('portal');
  const [{ data }] = useQuery({ query: RequestRowDocument, variables: { id } });
  const node = data?.node;
  if (!node) return null;
  const ticket = unmask(RequestRowFields, node as FragmentType<typeof RequestRowFields>);
  return (
    <li>
      <Link
        to="/portal/tickets/$number"
        params={{ number: String(ticket.number) }}
        className={styles.row}
        data-unread={ticket.unread ? '' : undefined}
      >
        <span className={styles.subject}>
          {ticket.subject}
          {ticket.unread ? <span className={styles.new}>{t('list.new')}</span> : null}
        </span>
        <span className={styles.facts}>
          <StatusSign status={ticket.status} name={t(`status.${ticket.status}`)} />
          <span>#{ticket.number}</span>
          {ticket.assignee ? <span>{t('with', { name: ticket.assignee.name })}</span> : null}
          <span className={styles.age}>
            <Age time={ticket.updatedAt} words />
          </span>
        </span>
      </Link>
    </li>
  );
}

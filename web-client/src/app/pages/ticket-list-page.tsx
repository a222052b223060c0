import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { EmptyState } from '@/components/state';
import { QueuesDocument } from '@/features/queues/queue-nav';
import { isView, type ListScope, type TicketSearch } from '@/features/tickets/list/search';
import { PageBar } from '../shell/page-bar';
import { ListOfTickets } from './list-of-tickets';
import { SaveViewButton } from './save-view-button';
import { usePageTitle } from './use-page-title';

export function AllTicketsPage() {
  const { t } = useText('queues');
  return <ListPage title={t('all')} scope={{}} search={useSearch({ from: '/staff/tickets' })} />;
}

export function ViewPage() {
  const { t } = useText('queues');
  const { view } = useParams({ from: '/staff/views/$view' });
  const search = useSearch({ from: '/staff/views/$view' });
  if (!isView(view)) return <EmptyState title={t('noView')} />;
  return <ListPage title={t(view)} scope={{ view }} search={search} />;
}

export function QueuePage() {
  const { t } = useText('queues');
  const { queueId } = useParams({ from: '/staff/queues/$queueId' });
  const search = useSearch({ from: '/staff/queues/$queueId' });
  const [{ data }] = useQuery({ query: QueuesDocument });
  const queue = data?.queues.find((one) => one.id === queueId);
  if (data && !queue) return <EmptyState title={t('noQueue')}>{t('noQueueText')}</EmptyState>;
  return <ListPage title={queue?.name ?? ''} scope={{ queueId }} search={search} />;
}

function ListPage({ title, scope, search }: { title: string; scope: ListScope; search: TicketSearch }) {
  const navigate = useNavigate();
  usePageTitle(title);
  return (
    <>
      <PageBar title={title}>
        <SaveViewButton scope={scope} search={search} />
      </PageBar>
      <ListOfTickets
        scope={scope}
        search={search}
        onSearch={(next) => void navigate({ to: '.', search: next, replace: true })}
      />
    </>
  );
}

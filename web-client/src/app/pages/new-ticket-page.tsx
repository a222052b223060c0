import { useNavigate, useSearch } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { EmptyState, ErrorState, LoadingState } from '@/components/state';
import { useViewer } from '@/features/session/session-context';
import { NewTicketChoices, NewTicketForm } from '@/features/tickets/create/new-ticket-form';
import { codeOf } from '@/graphql/errors';
import { PageBar } from '../shell/page-bar';
import { usePageTitle } from './use-page-title';
import styles from './scrolling.module.css';

/** Opens a ticket for somebody. */
export function NewTicketPage() {
  const { t } = useText('newTicket');
  const { requester } = useSearch({ from: '/staff/tickets/new' });
  usePageTitle(t('title'));
  return (
    <>
      <PageBar title={t('title')} />
      <div className={styles.scroll}>
        {/* Opened for somebody else, it is another form. */}
        <Content key={requester ?? ''} requesterId={requester} />
      </div>
    </>
  );
}

function Content({ requesterId }: { requesterId: string | undefined }) {
  const { t } = useText('newTicket');
  const viewer = useViewer();
  const navigate = useNavigate();
  const [{ data, error }, again] = useQuery({
    query: NewTicketChoices,
    requestPolicy: 'cache-and-network',
  });
  if (!data) {
    if (!error) return <LoadingState />;
    return (
      <ErrorState
        code={codeOf(error) ?? 'INTERNAL'}
        onRetry={() => again({ requestPolicy: 'network-only' })}
      />
    );
  }
  const queues = data.queues.filter(
    ({ viewerRight }) => viewer.role === 'ADMIN' || viewerRight === 'REPLY' || viewerRight === 'MANAGE',
  );
  if (queues.length === 0) return <EmptyState title={t('noQueue')}>{t('noQueueText')}</EmptyState>;
  return (
    <NewTicketForm
      viewerId={viewer.id}
      requesterId={requesterId}
      choices={data}
      queues={queues}
      onCreated={(number) =>
        void navigate({ to: '/tickets/$number', params: { number: String(number) }, replace: true })
      }
    />
  );
}

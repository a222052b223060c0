import { ActionIcon, Button } from '@mantine/core';
import { IconChevronLeft } from '@tabler/icons-react';
import { useCanGoBack, useParams, useRouter } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import { useClient, useQuery } from 'urql';
import { pipe, subscribe } from 'wonka';
import { useText } from '@/i18n/use-text';
import { EmptyState, ErrorState, LoadingState } from '@/components/state';
import { Composer } from '@/features/conversation/composer';
import { Timeline } from '@/features/conversation/timeline';
import { useViewer } from '@/features/session/session-context';
import { HighlightedText, reasonsIn } from '@/features/suggestions/highlight';
import { isUndecided, newestOf, SuggestionPanel } from '@/features/suggestions/suggestion-panel';
import { ConflictDialog } from '@/features/tickets/edit/conflict-dialog';
import { TicketPropertiesFields } from '@/features/tickets/edit/edit-ticket';
import { Properties } from '@/features/tickets/edit/properties';
import { Subject } from '@/features/tickets/edit/subject';
import { useEditTicket } from '@/features/tickets/edit/use-edit-ticket';
import { TicketChoices } from '@/features/tickets/list/choices';
import { PRIORITIES } from '@/features/tickets/list/search';
import { Presence, useTyping } from '@/features/tickets/page/presence';
import { useSeen } from '@/features/tickets/page/use-seen';
import { RequesterCard } from '@/features/tickets/page/requester-card';
import { useLive } from '@/graphql/context';
import { codeOf } from '@/graphql/errors';
import { graphql, unmask } from '@/graphql/generated';
import type { TicketPageQuery } from '@/graphql/generated/graphql';
import { useCommands } from '@/lib/commands';
import { useStickToEnd } from '@/lib/stick-to-end';
import { knownUpTo, noteKnown, readTicket, TicketPageDocument, TicketPageUpdates } from './ticket-document';
import styles from './ticket-page.module.css';
import { usePageTitle } from './use-page-title';

/** One ticket: what was said, what to say, and what it is. */
export function TicketPage() {
  const { t } = useText('tickets');
  const number = Number(useParams({ from: '/staff/tickets/$number' }).number);
  const client = useClient();
  const live = useLive();
  const [{ data, error }] = useQuery({
    query: TicketPageDocument,
    variables: { number },
    pause: !Number.isInteger(number),
    // Read by `readTicket`, which notes where the stream has to go on.
    requestPolicy: 'cache-only',
  });
  useEffect(() => {
    if (Number.isInteger(number)) void readTicket(client, live, number);
  }, [client, live, number]);
  const ticket = data?.ticket;
  useTicketStream(ticket?.id, number);
  usePageTitle(ticket ? `#${ticket.number} ${ticket.subject}` : `#${number}`);

  if (ticket) return <Content key={ticket.id} ticket={ticket} />;
  if (error) {
    return (
      <ErrorState
        code={codeOf(error) ?? 'INTERNAL'}
        onRetry={() => void readTicket(client, live, number, true)}
      />
    );
  }
  if (data) return <Missing number={number} />;
  return (
    <>
      <Bar />
      <LoadingState />
      <span className="visually-hidden">{t('page.loading', { number })}</span>
    </>
  );
}

/** Follows the ticket from where the cache stands. */
function useTicketStream(id: string | undefined, number: number) {
  const client = useClient();
  const live = useLive();
  useEffect(() => {
    if (id === undefined) return undefined;
    const after = knownUpTo(client, number) ?? null;
    const subscription = pipe(
      client.subscription(TicketPageUpdates, { id, after }),
      subscribe(({ data }) => {
        if (!data) return;
        noteKnown(client, number, data.ticketUpdates.cursor);
        if (data.ticketUpdates.resync) void readTicket(client, live, number, true);
      }),
    );
    return () => subscription.unsubscribe();
  }, [client, live, id, number]);
}

function Missing({ number }: { number: number }) {
  const { t } = useText('tickets');
  const router = useRouter();
  return (
    <EmptyState
      title={t('page.missing', { number })}
      action={
        <Button size="xs" variant="default" onClick={() => void router.navigate({ to: '/tickets' })}>
          {t('page.toList')}
        </Button>
      }
    >
      {t('page.missingText')}
    </EmptyState>
  );
}

function Bar({ children }: { children?: React.ReactNode }) {
  const { t } = useText('tickets');
  const router = useRouter();
  const canGoBack = useCanGoBack();
  const back = () => {
    if (canGoBack) router.history.back();
    else void router.navigate({ to: '/tickets' });
  };
  useCommands([
    {
      id: 'ticket.back',
      title: t('command.back'),
      group: t('command.ticketGroup'),
      shortcut: 'esc',
      run: back,
    },
  ]);
  return (
    <header className={styles.bar}>
      <ActionIcon variant="subtle" color="gray" aria-label={t('command.back')} onClick={back}>
        <IconChevronLeft size={18} aria-hidden />
      </ActionIcon>
      {children}
    </header>
  );
}

type Ticket = NonNullable<TicketPageQuery['ticket']>;

function Content({ ticket }: { ticket: Ticket }) {
  const { t } = useText('tickets');
  const viewer = useViewer();
  const [{ data: choices }] = useQuery({ query: TicketChoices });
  const properties = unmask(TicketPropertiesFields, ticket);
  const editing = useEditTicket();
  const { scroller, content, isAtEnd, toEnd } = useStickToEnd();
  useSeen(ticket);
  const typing = useTyping(ticket.id);
  const colleagues = useColleagues(properties.queue?.id, viewer.id);
  const right = properties.queue?.viewerRight;
  const canEdit = viewer.role === 'ADMIN' || right === 'REPLY' || right === 'MANAGE';
  const isClosed = properties.status === 'CLOSED';
  const reasons = useMemo(
    () => newestOf(ticket).filter((one) => isUndecided(one) && !one.abstained),
    [ticket],
  );
  const names = useMemo(() => {
    const all = [
      ...(choices?.users.nodes ?? []),
      ...(choices?.categories ?? []),
      ...(choices?.tags ?? []),
      ...(choices?.queues ?? []),
    ];
    return new Map(all.map((one) => [one.id, one.name]));
  }, [choices]);
  const nameOf = (id: string) => names.get(id);
  const edit = (...change: Parameters<typeof editing.edit>) => void editing.edit(...change);

  return (
    <div className={styles.page}>
      <div className={styles.main}>
        <Bar>
          <span className={styles.number}>#{ticket.number}</span>
          <Subject ticket={properties} canEdit={canEdit && !isClosed} onEdit={edit}>
            <HighlightedText text={properties.subject} reasons={reasonsIn(reasons, null)} />
          </Subject>
          <span className={styles.end}>
            <Presence ticketId={ticket.id} />
          </span>
        </Bar>
        <div className={styles.scroll} ref={scroller}>
          <div className={styles.column} ref={content}>
            <Timeline
              ticket={ticket}
              nameOf={nameOf}
              renderBody={(message) => (
                <HighlightedText text={message.body} reasons={reasonsIn(reasons, message.id)} />
              )}
            />
          </div>
        </div>
        <div className={styles.compose}>
          <div className={styles.column}>
            {isAtEnd ? null : (
              <Button size="compact-xs" variant="default" className={styles.newest} onClick={toEnd}>
                {t('page.newest')}
              </Button>
            )}
            {isClosed ? (
              <p className={styles.closed}>{t('page.closed')}</p>
            ) : canEdit ? (
              <Composer ticketId={ticket.id} colleagues={colleagues} {...typing} />
            ) : (
              <p className={styles.closed}>{t('page.readOnly')}</p>
            )}
          </div>
        </div>
      </div>
      <aside className={styles.side} aria-label={t('page.properties')}>
        <Properties
          ticket={properties}
          viewerId={viewer.id}
          canEdit={canEdit && !isClosed}
          onEdit={edit}
          onClaim={() => void editing.claim(properties)}
        />
        <RequesterCard requester={properties.requester} />
        <SuggestionPanel
          ticket={ticket}
          canDecide={canEdit && !isClosed}
          choices={{
            CATEGORY: (choices?.categories ?? []).map((one) => ({ value: one.id, label: one.name })),
            PRIORITY: PRIORITIES.map((one) => ({ value: one, label: t(`common:priority.${one}`) })),
          }}
          onCorrect={(kind, value) => {
            const priority = PRIORITIES.find((one) => one === value);
            if (kind === 'CATEGORY') edit(properties, { field: 'category', value });
            else if (priority) edit(properties, { field: 'priority', value: priority });
          }}
        />
      </aside>
      <ConflictDialog {...editing} nameOf={nameOf} />
    </div>
  );
}

const Colleagues = graphql(`
  query Colleagues($queueId: ID!) {
    queue(id: $queueId) {
      id
      assignees {
        id
        name
      }
    }
  }
`);

/** Who works in the queue, but for the viewer. */
function useColleagues(queueId: string | undefined, viewerId: string) {
  const [{ data }] = useQuery({
    query: Colleagues,
    variables: { queueId: queueId ?? '' },
    pause: queueId === undefined,
  });
  return useMemo(() => (data?.queue?.assignees ?? []).filter(({ id }) => id !== viewerId), [data, viewerId]);
}

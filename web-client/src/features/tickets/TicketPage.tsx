import { Button } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { useQuery } from 'urql';

import { Failed, Loading, NotFound } from '../../components/States';
import { graphql } from '../../graphql/generated';
import { useLive } from '../../graphql/live';
import { messageOf } from '../../lib/messageOf';
import { useKeys } from '../../lib/useKeys';
import { Composer } from '../conversation/Composer';
import { Timeline } from '../conversation/Timeline';
import { SuggestionPanel } from '../suggestions/SuggestionPanel';
import { TicketProperties } from './TicketProperties';

const READ_AGAIN_MS = 150;

const TicketDocument = graphql(`
  query Ticket($number: Int!) {
    heartbeat {
      cursor
    }
    ticket(number: $number) {
      id
      number
      subject
      queue {
        id
        name
      }
      ...Timeline
      ...TicketProperties
      ...SuggestionPanel
    }
  }
`);

const TicketUpdatesDocument = graphql(`
  subscription TicketUpdates($id: ID!, $after: Cursor) {
    ticketUpdates(id: $id, after: $after) {
      cursor
      resync
      ticket {
        id
        ...TicketProperties
      }
    }
  }
`);

export function TicketPage() {
  const { t } = useTranslation();
  const number = Number(useParams().number);
  const navigate = useNavigate();
  const [{ data, error, fetching }, again] = useQuery({
    query: TicketDocument,
    variables: { number },
    pause: !Number.isSafeInteger(number),
    requestPolicy: 'cache-and-network',
  });
  const ticket = data?.ticket;
  const id = ticket?.id ?? '';
  // The stream begins where the first reading was; later readings must not begin it anew.
  const start = useRef<{ id: string; after: string | undefined }>(undefined);
  if (id && start.current?.id !== id) start.current = { id, after: data?.heartbeat?.cursor };
  const timer = useRef(0);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  useLive({
    document: TicketUpdatesDocument,
    variables: { id },
    after: start.current?.after,
    isPaused: !id,
    cursorOf: (step) => step.ticketUpdates.cursor,
    // The ticket's fields come with the step; its messages and history are read after it.
    onStep: () => {
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(
        () => again({ requestPolicy: 'network-only' }),
        READ_AGAIN_MS,
      );
    },
  });
  const back = () =>
    void navigate(ticket?.queue ? `/queues/${encodeURIComponent(ticket.queue.id)}` : '/');
  useKeys({ Escape: back, u: back });
  if (error && !ticket) return <Failed message={messageOf(error)} onRetry={again} />;
  if (!ticket) return fetching ? <Loading /> : <NotFound />;
  return (
    <div className="page ticket-page">
      <div className="toolbar">
        <h1>
          <span className="quiet">{ticket.number}</span> {ticket.subject}
        </h1>
        <Button size="xs" variant="default" onClick={back} aria-label={t('ticket.back')}>
          {ticket.queue?.name ?? t('ticket.back')}
        </Button>
      </div>
      <div className="ticket">
        <div className="talk">
          <Timeline ticket={ticket} />
          <Composer
            key={id}
            ticketId={id}
            onSent={() => again({ requestPolicy: 'network-only' })}
          />
        </div>
        <aside className="side">
          <TicketProperties ticket={ticket} />
          <SuggestionPanel ticket={ticket} />
        </aside>
      </div>
    </div>
  );
}

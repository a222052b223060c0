import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink } from 'react-router';
import { useQuery } from 'urql';

import { Failed } from '../../components/States';
import { graphql } from '../../graphql/generated';
import { useLive } from '../../graphql/live';
import { messageOf } from '../../lib/messageOf';

const COUNT_AGAIN_MS = 2000;

export const QueueNavDocument = graphql(`
  query QueueNav {
    queues {
      id
      name
      ticketCount(statuses: [OPEN, PENDING])
    }
  }
`);

const AnyTicketDocument = graphql(`
  subscription AnyTicket($after: Cursor) {
    queueUpdates(after: $after) {
      kind
      cursor
    }
  }
`);

/** Queues with the number of their open and pending tickets. */
export function QueueNav({ onPick }: { onPick: () => void }) {
  const { t, i18n } = useTranslation();
  const [{ data, error }, again] = useQuery({ query: QueueNavDocument });
  const timer = useRef(0);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  useLive({
    document: AnyTicketDocument,
    variables: {},
    cursorOf: (step) => step.queueUpdates.cursor,
    onStep: () => {
      if (timer.current) return;
      timer.current = window.setTimeout(() => {
        timer.current = 0;
        again({ requestPolicy: 'network-only' });
      }, COUNT_AGAIN_MS);
    },
  });
  if (error && !data) return <Failed message={messageOf(error)} onRetry={again} />;
  return (
    <nav aria-label={t('shell.queues')}>
      {data?.queues.map((queue) => (
        <NavLink
          key={queue.id}
          className="nav-link"
          to={`/queues/${encodeURIComponent(queue.id)}`}
          onClick={onPick}
        >
          <span>{queue.name}</span>
          <span className="quiet">{queue.ticketCount.toLocaleString(i18n.language)}</span>
        </NavLink>
      ))}
    </nav>
  );
}

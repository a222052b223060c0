import { useNavigate } from '@tanstack/react-router';
import { useCallback, useRef } from 'react';
import { useClient } from 'urql';
import { useViewer } from '@/features/session/session-context';
import type { ListScope, TicketSearch } from '@/features/tickets/list/search';
import { TicketListView } from '@/features/tickets/list/ticket-list-view';
import { useLive } from '@/graphql/context';
import { readTicket } from './ticket-document';

/** A pointer that only passes over a row reads nothing. */
const REST_MS = 70;

type Props = { scope: ListScope; search: TicketSearch; onSearch: (search: TicketSearch) => void };

/** A list whose tickets are opened as pages, and read a little before that. */
export function ListOfTickets({ scope, search, onSearch }: Props) {
  const viewer = useViewer();
  const client = useClient();
  const live = useLive();
  const navigate = useNavigate();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const open = useCallback(
    (number: number) => void navigate({ to: '/tickets/$number', params: { number: String(number) } }),
    [navigate],
  );
  const prefetch = useCallback(
    (number: number) => {
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void readTicket(client, live, number), REST_MS);
    },
    [client, live],
  );
  return (
    <TicketListView
      scope={scope}
      search={search}
      viewerId={viewer.id}
      onSearch={onSearch}
      onOpen={open}
      onPrefetch={prefetch}
    />
  );
}

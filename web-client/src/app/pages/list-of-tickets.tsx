import { useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useViewer } from '@/features/session/session-context';
import type { ListScope, TicketSearch } from '@/features/tickets/list/search';
import { TicketListView } from '@/features/tickets/list/ticket-list-view';
import { usePrefetch } from './use-prefetch';

type Props = { scope: ListScope; search: TicketSearch; onSearch: (search: TicketSearch) => void };

/** A list whose tickets are opened as pages, and read a little before that. */
export function ListOfTickets({ scope, search, onSearch }: Props) {
  const viewer = useViewer();
  const navigate = useNavigate();
  const open = useCallback(
    (number: number) => void navigate({ to: '/tickets/$number', params: { number: String(number) } }),
    [navigate],
  );
  const prefetch = usePrefetch();
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

import { useQuery } from 'urql';
import { QueuesDocument } from '@/features/queues/queue-nav';
import { useViewer } from '@/features/session/session-context';

/** Staff with the right to reply in some queue may open tickets for others. */
export function useMayCreate(): boolean {
  const { role } = useViewer();
  const [{ data }] = useQuery({ query: QueuesDocument });
  return (data?.queues ?? []).some(
    ({ viewerRight }) => role === 'ADMIN' || viewerRight === 'REPLY' || viewerRight === 'MANAGE',
  );
}

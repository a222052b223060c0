import { ProfileDocument } from '@/features/profile/preferences';
import { prefetchQueueNav } from '@/features/queues/queue-nav-data';
import type { Session } from '@/features/session/session';
import type { Graph } from '@/graphql/client';

/** Reads what stands around every page of the staff before it is there. */
export async function readShell({ graph, session }: { graph: Graph; session: Session }): Promise<void> {
  const viewer = await session.likelyViewer();
  if (!viewer || viewer.role === 'CUSTOMER') return;
  await Promise.all([
    prefetchQueueNav(graph, viewer.id),
    graph.client.query(ProfileDocument, {}).toPromise(),
  ]);
}

import type { Cache, UpdateResolver } from '@urql/exchange-graphcache';
import { graphql } from './generated';

export const UnreadCount = graphql(`
  query UnreadCount {
    unreadNotificationCount
  }
`);

const ReadAt = graphql(`
  fragment ReadAt on Notification {
    id
    readAt
  }
`);

/** A new notification stands first in every list of them, and is counted. */
export const onNotification: UpdateResolver = (result, _args, cache) => {
  const step = result.notificationUpdates as {
    notification?: { __typename: string; id: string } | null;
    unreadCount: number;
  };
  setUnread(cache, step.unreadCount);
  const added = step.notification ? cache.keyOfEntity(step.notification) : null;
  if (added === null) return;
  for (const { connection, args } of lists(cache)) {
    const nodes = cache.resolve(connection, 'nodes') as string[] | undefined;
    if (nodes && !args?.after && !nodes.includes(added)) cache.link(connection, 'nodes', [added, ...nodes]);
  }
};

export const onNotificationsRead: UpdateResolver = (result, args, cache) => {
  const payload = result.markNotificationsRead as { unreadCount: number; errors: readonly unknown[] };
  const { ids, all } = args.input as { ids?: readonly string[] | null; all?: boolean | null };
  if (payload.errors.length > 0) return;
  setUnread(cache, payload.unreadCount);
  const readAt = new Date().toISOString();
  const known = all ? knownIds(cache) : (ids ?? []);
  for (const id of known) {
    if (!cache.resolve({ __typename: 'Notification', id }, 'readAt')) {
      cache.writeFragment(ReadAt, { __typename: 'Notification', id, readAt } as never);
    }
  }
};

function setUnread(cache: Cache, count: number): void {
  cache.updateQuery({ query: UnreadCount }, () => ({ unreadNotificationCount: count }));
}

function lists(cache: Cache) {
  return cache
    .inspectFields('Query')
    .filter(({ fieldName }) => fieldName === 'notifications')
    .flatMap(({ fieldKey, arguments: args }) => {
      const connection = cache.resolve('Query', fieldKey);
      return typeof connection === 'string' ? [{ connection, args }] : [];
    });
}

function knownIds(cache: Cache): string[] {
  const keys = lists(cache).flatMap(({ connection }) => cache.resolve(connection, 'nodes') as string[]);
  return [...new Set(keys)].map((key) => key.slice('Notification:'.length));
}

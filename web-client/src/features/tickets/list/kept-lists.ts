import type { Client } from '@urql/core';
import { createStore, type Store } from '@/lib/store';
import type { TicketFilterInput, TicketOrder } from '@/graphql/generated/graphql';
import type { Graph } from '@/graphql/client';
import type { Live } from '@/graphql/live';
import { filterOf, orderOf, type ListScope, type TicketSearch } from './search';
import { TicketList } from './ticket-list';

/** A list with what its reader did in it, so that coming back from a ticket is coming back to the same place. */
export type KeptList = {
  list: TicketList;
  scrollTop: number;
  /** The row with the keyboard's focus. */
  active: Store<string | null>;
  selection: Store<ReadonlySet<string>>;
};

const KEPT_MAX = 12;
const kept = new WeakMap<Client, Map<string, KeptList>>();

/** The list of a filter and order: the one from before, if it is not long ago. */
export function keptList(
  client: Client,
  live: Live,
  filter: TicketFilterInput,
  order: TicketOrder,
): KeptList {
  const own = kept.get(client) ?? new Map<string, KeptList>();
  kept.set(client, own);
  const key = JSON.stringify([filter, order]);
  const found = own.get(key) ?? {
    list: new TicketList(client, live, filter, order),
    scrollTop: 0,
    active: createStore<string | null>(null),
    selection: createStore<ReadonlySet<string>>(new Set()),
  };
  // The one used last stands last.
  own.delete(key);
  own.set(key, found);
  for (const oldest of own.keys()) {
    if (own.size <= KEPT_MAX) break;
    own.delete(oldest);
  }
  return found;
}

/** Reads a list that is about to be shown. */
export function prefetchList(
  { client, live }: Graph,
  scope: ListScope,
  search: TicketSearch,
  viewerId: string,
): Promise<void> {
  return keptList(client, live, filterOf(scope, search, viewerId), orderOf(search)).list.prefetch();
}

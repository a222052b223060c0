import type { Client, TypedDocumentNode } from '@urql/core';
import { pipe, subscribe } from 'wonka';
import type { Live } from '@/graphql/live';
import { clientId, EARLY_MS } from '@/graphql/client';
import { codeOf } from '@/graphql/errors';
import { unmask, type FragmentType } from '@/graphql/generated';
import type {
  TicketFilterInput,
  TicketListPageQuery,
  TicketListPageQueryVariables,
  TicketListUpdatesSubscription,
  TicketListUpdatesSubscriptionVariables,
  TicketOrder,
} from '@/graphql/generated/graphql';
import { createStore, type Store } from '@/lib/store';
import { TicketListPage, TicketListUpdates, TicketOrderFields } from './documents';
import { compare, type OrderFields } from './order';

export type ListState = {
  /** `failed`: `code` says why, and nothing is shown. */
  phase: 'loading' | 'ready' | 'failed';
  code: string | null;
  /** Tickets in the order they are shown. What each row shows is in the cache. */
  ids: readonly string[];
  /** Came while the list was being read; behind the bar until somebody wants to see them. */
  arrived: readonly string[];
  /** Do not belong here any more and stay, faded, until the list is not being read. */
  gone: ReadonlySet<string>;
  /** Changed by somebody else since they were shown or opened. */
  updated: ReadonlySet<string>;
  totalCount: number | null;
  hasMore: boolean;
  isLoadingMore: boolean;
  /** Why the next page did not come. */
  moreCode: string | null;
};

export type Listed = { id: string } & FragmentType<typeof TicketOrderFields>;
type Page = Omit<TicketListPageQuery['tickets'], 'nodes'> & { nodes: readonly Listed[] };
type Step = Omit<TicketListUpdatesSubscription['queueUpdates'], 'ticket' | 'event'> & {
  ticket: Listed | null;
  event?: { origin: string | null } | null;
};

/** How a list is read and followed: what its rows show is up to these. */
export type ListDocuments = {
  page: TypedDocumentNode<{ tickets: Page }, TicketListPageQueryVariables>;
  updates: TypedDocumentNode<{ queueUpdates: Step }, TicketListUpdatesSubscriptionVariables>;
};

const PAGE_ROWS = 50;
const NONE: ReadonlySet<string> = new Set();
const EMPTY: ListState = {
  phase: 'loading',
  code: null,
  ids: [],
  arrived: [],
  gone: NONE,
  updated: NONE,
  totalCount: null,
  hasMore: false,
  isLoadingMore: false,
  moreCode: null,
};

/**
 * One list of tickets: keyset pages, kept as the desk is by the live stream.
 *
 * It holds which tickets there are and in which order; rows read the rest from the cache. While it is being read
 * (`hold`), nothing moves: new tickets wait, those that left fade. When it is closed it keeps what it has, and goes on
 * from its cursor when it is opened again.
 */
export class TicketList {
  readonly state: Store<ListState> = createStore(EMPTY);
  private readonly fields = new Map<string, OrderFields>();
  /** What came with the list since it was opened: as new as the cache, and at hand. */
  private readonly fresh = new Map<string, Listed>();
  private endCursor: string | null = null;
  private cursor: string | null = null;
  private stop: (() => void) | null = null;
  private isHeld = false;
  private isOpen = false;
  /** A reading that began before the list was opened. */
  private early: Promise<void> | null = null;
  private readAt = 0;
  /** Counts up with each reading of the whole list, so that a late page of an older one is left out. */
  private reading = 0;

  constructor(
    private readonly client: Client,
    private readonly live: Live,
    readonly filter: TicketFilterInput,
    readonly order: TicketOrder,
    private readonly documents: ListDocuments = { page: TicketListPage, updates: TicketListUpdates },
  ) {}

  /** Reads the list, or goes on where it was closed; the answer closes it. */
  open(): () => void {
    this.isOpen = true;
    // Read long before it is opened: by now the cache may know more.
    if (Date.now() - this.readAt > EARLY_MS) this.fresh.clear();
    if (this.cursor !== null) this.follow(this.cursor);
    else if (!this.early) void this.reload();
    return () => {
      this.isOpen = false;
      this.stop?.();
      this.stop = null;
      this.reading += 1;
      this.early = null;
      this.fresh.clear();
      this.isHeld = false;
      if (this.state.get().phase === 'loading') this.cursor = null;
    };
  }

  /** Reads the list before it is opened, unless it has been read; nothing is followed yet. */
  prefetch(): Promise<void> {
    if (this.isOpen || this.cursor !== null) return Promise.resolve();
    this.early ??= this.reload();
    return this.early;
  }

  async reload(): Promise<void> {
    const reading = ++this.reading;
    this.stop?.();
    this.stop = null;
    if (this.state.get().phase === 'failed') this.change({ phase: 'loading', code: null });
    const before = this.live.cursor();
    const answer = await this.page(null);
    if (reading !== this.reading) return;
    this.early = null;
    this.readAt = Date.now();
    if ('code' in answer) {
      this.change({ phase: 'failed', code: answer.code });
      return;
    }
    this.fields.clear();
    this.fresh.clear();
    const ids = this.note(answer.nodes);
    this.endCursor = answer.pageInfo.endCursor;
    this.state.set({
      ...EMPTY,
      phase: 'ready',
      ids,
      totalCount: answer.totalCount,
      hasMore: answer.pageInfo.hasNextPage,
    });
    this.cursor = answer.streamCursor ?? before;
    if (this.isOpen) this.follow(this.cursor);
  }

  async loadMore(): Promise<void> {
    const { phase, hasMore, isLoadingMore } = this.state.get();
    if (phase !== 'ready' || !hasMore || isLoadingMore) return;
    const reading = this.reading;
    this.change({ isLoadingMore: true, moreCode: null });
    const answer = await this.page(this.endCursor);
    if (reading !== this.reading) {
      this.change({ isLoadingMore: false });
      return;
    }
    if ('code' in answer) {
      this.change({ isLoadingMore: false, moreCode: answer.code });
      return;
    }
    this.endCursor = answer.pageInfo.endCursor;
    const { ids, arrived } = this.state.get();
    const known = new Set([...ids, ...arrived]);
    const added = this.note(answer.nodes).filter((id) => !known.has(id));
    this.change({ ids: [...ids, ...added], hasMore: answer.pageInfo.hasNextPage, isLoadingMore: false });
  }

  /** While it is held, rows stay where they are. */
  hold(isHeld: boolean): void {
    if (this.isHeld === isHeld) return;
    this.isHeld = isHeld;
    if (!isHeld) this.settle();
  }

  /** Shows what has arrived, takes away what has gone, and puts everything into its order. */
  settle(): void {
    const { ids, arrived, gone } = this.state.get();
    const kept = gone.size > 0 ? ids.filter((id) => !gone.has(id)) : ids;
    const sorted = this.sorted([...kept, ...arrived]);
    if (arrived.length === 0 && sorted.length === ids.length && sorted.every((id, at) => id === ids[at]))
      return;
    this.change({ ids: sorted, arrived: [], gone: NONE });
  }

  /** The row was opened: what changed in it is known. */
  seen(id: string): void {
    const { updated } = this.state.get();
    if (updated.has(id)) this.change({ updated: without(updated, id) });
  }

  /** A ticket as the list brought it, if that was not long ago. */
  freshOf(id: string): Listed | undefined {
    return this.fresh.get(id);
  }

  numberOf(id: string): number | undefined {
    return this.fields.get(id)?.number;
  }

  private async page(after: string | null): Promise<Page | { code: string }> {
    const variables = { filter: this.filter, order: this.order, first: PAGE_ROWS, after };
    const { data, error } = await this.client
      .query(this.documents.page, variables, { requestPolicy: 'network-only' })
      .toPromise();
    return data && !error ? data.tickets : { code: codeOf(error) ?? 'INTERNAL' };
  }

  private note(nodes: Page['nodes']): string[] {
    return nodes.map((node) => {
      const fields = unmask(TicketOrderFields, node);
      this.fields.set(fields.id, fields);
      this.fresh.set(fields.id, node);
      return fields.id;
    });
  }

  private follow(after: string | null): void {
    this.stop?.();
    this.cursor = after;
    const subscription = pipe(
      this.client.subscription(this.documents.updates, { filter: this.filter, after }),
      subscribe(({ data }) => {
        if (data) this.take(data.queueUpdates);
      }),
    );
    this.stop = () => subscription.unsubscribe();
  }

  private take(step: Step): void {
    this.cursor = step.cursor;
    if (step.kind === 'RESYNC') {
      void this.reload();
      return;
    }
    if (step.totalCount !== null) this.change({ totalCount: step.totalCount });
    const id = step.ticketId;
    if (id === null) return;
    if (step.ticket) {
      const fields = unmask(TicketOrderFields, step.ticket);
      this.fields.set(id, fields);
      this.fresh.set(id, step.ticket);
    }
    if (step.kind === 'LEAVE') this.leave(id);
    else this.enter(id, step);
  }

  private enter(id: string, step: Step): void {
    const { ids, arrived, gone, updated } = this.state.get();
    const isOwn = step.event?.origin === clientId;
    if (ids.includes(id)) {
      const changed = !isOwn && !updated.has(id) ? new Set([...updated, id]) : updated;
      this.change({ gone: without(gone, id), updated: changed });
      if (!this.isHeld) this.settle();
      return;
    }
    if (arrived.includes(id) || !this.fields.has(id) || this.isBehindTheEnd(id)) return;
    this.change({ arrived: [...arrived, id] });
    if (!this.isHeld || isOwn) this.settle();
  }

  private leave(id: string): void {
    const { ids, arrived, gone, updated } = this.state.get();
    if (arrived.includes(id)) this.change({ arrived: arrived.filter((other) => other !== id) });
    if (!ids.includes(id)) return;
    this.change({ gone: new Set([...gone, id]), updated: without(updated, id) });
    if (!this.isHeld) this.settle();
  }

  /** It will come with one of the next pages. */
  private isBehindTheEnd(id: string): boolean {
    const { ids, hasMore } = this.state.get();
    const last = this.fields.get(ids[ids.length - 1] ?? '');
    const own = this.fields.get(id);
    return hasMore && last !== undefined && own !== undefined && compare(this.order, own, last) > 0;
  }

  private sorted(ids: string[]): string[] {
    return ids.sort((a, b) => {
      const [one, other] = [this.fields.get(a), this.fields.get(b)];
      return one && other ? compare(this.order, one, other) : 0;
    });
  }

  private change(part: Partial<ListState>): void {
    this.state.set({ ...this.state.get(), ...part });
  }
}

function without(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  if (!set.has(id)) return set;
  const rest = new Set(set);
  rest.delete(id);
  return rest;
}

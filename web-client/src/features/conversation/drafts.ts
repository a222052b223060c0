import type { Client } from '@urql/core';
import { useEffect } from 'react';
import { useClient } from 'urql';
import { fetchOptions } from '@/graphql/client';
import { graphql, unmask, type FragmentType } from '@/graphql/generated';
import type { DraftFieldsFragment as Saved } from '@/graphql/generated/graphql';
import { newKey } from '@/lib/new-key';
import { createStore, useStore, type Store } from '@/lib/store';

const DraftFields = graphql(`
  fragment DraftFields on Draft {
    id
    kind
    body
    version
    updatedAt
  }
`);

const DraftsOfTicket = graphql(`
  query DraftsOfTicket($id: ID!) {
    node(id: $id) {
      ... on Ticket {
        id
        drafts {
          ...DraftFields
        }
      }
    }
  }
`);

const SaveDraft = graphql(`
  mutation SaveDraft($input: SaveDraftInput!) {
    saveDraft(input: $input) {
      draft {
        ...DraftFields
      }
      errors {
        code
      }
    }
  }
`);

const DiscardDraft = graphql(`
  mutation DiscardDraft($input: DiscardDraftInput!) {
    discardDraft(input: $input) {
      draft {
        ...DraftFields
      }
      errors {
        code
      }
    }
  }
`);

/** Rest between two keys after which a text is saved. */
const PAUSE_MS = 600;
/** After this time what could not be saved is tried once more. */
const RETRY_MS = 5_000;
/** Browsers send no more than this behind a page that is left. */
const KEEPALIVE_CHARACTERS = 15_000;

/** The request outlives the page. */
const KEEPALIVE: RequestInit = { ...fetchOptions, keepalive: true };

type Answer = {
  draft: FragmentType<typeof DraftFields> | null;
  errors: readonly { code: string }[];
};

export type DraftKind = 'REPLY' | 'NOTE';

/** A message that is being written. */
export type Draft = {
  kind: DraftKind;
  body: string;
  /** One for each text: sending it again after a lost answer adds nothing. */
  idempotencyKey: string;
  /** What stands on the desk in its place because another device wrote there; null: nothing stands against it. */
  other: { body: string } | null;
};

/**
 * The message begun on one ticket. It is kept in memory at once and on the desk shortly after, so that it outlives other
 * pages, a reload, signing out and a change of the device.
 */
class Writing {
  readonly store: Store<Draft> = createStore<Draft>(emptyDraft());
  /** What the desk has, as far as this page knows; undefined until it has been asked. */
  private saved: Saved | null | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: Client,
    private readonly ticketId: string,
  ) {}

  /** Looks what the desk has. What was typed here since stays. */
  async load(): Promise<void> {
    if (this.saved !== undefined) return;
    const { data } = await this.client
      .query(DraftsOfTicket, { id: this.ticketId }, { requestPolicy: 'network-only' })
      .toPromise();
    // Asked twice, or away: what is typed waits here until the next time.
    if (!data || (this.saved as Saved | null | undefined) !== undefined) return;
    const drafts = data.node && 'drafts' in data.node ? unmask(DraftFields, data.node.drafts) : [];
    const newest = [...drafts].sort((a, b) => b.updatedAt.localeCompare(a.updatedAt))[0] ?? null;
    this.saved = newest;
    const { body } = this.store.get();
    if (body === '' && newest) this.show(newest);
    else if (body !== '') this.saveSoon();
  }

  change(part: Partial<Pick<Draft, 'kind' | 'body'>>): void {
    const now = this.store.get();
    // Another text is another message.
    this.store.set({ ...now, ...part, idempotencyKey: newKey() });
    this.saveSoon();
  }

  /** The text here goes over the one on the desk, or the other way round. */
  keep(): void {
    this.store.set({ ...this.store.get(), other: null });
    this.saveNow();
  }

  take(): void {
    if (this.saved) this.show(this.saved);
    else this.store.set(emptyDraft());
  }

  /** Nothing of it is on its way to the desk any more. */
  async settled(): Promise<void> {
    clearTimeout(this.timer);
    await this.running;
  }

  /** It was sent, and the desk has put it away. */
  sent(): void {
    clearTimeout(this.timer);
    this.saved = null;
    this.store.set({ ...emptyDraft(), kind: this.store.get().kind });
  }

  saveNow(): void {
    clearTimeout(this.timer);
    this.running = this.running.then(() => this.save());
  }

  private saveSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.saveNow(), PAUSE_MS);
  }

  private show({ kind, body }: Saved): void {
    this.store.set({ ...emptyDraft(), kind: kind === 'NOTE' ? 'NOTE' : 'REPLY', body });
  }

  private async save(): Promise<void> {
    const { kind, body, other } = this.store.get();
    const saved = this.saved;
    if (saved === undefined || other) return;
    if (saved === null ? body === '' : saved.kind === kind && saved.body === body) return;
    // A reply that became a note, or the other way round, leaves nothing behind.
    if (saved && saved.kind !== kind) {
      await this.tell(this.discard(saved));
      if (this.saved !== null) return;
    }
    const known = this.saved;
    if (body !== '') await this.tell(this.put(kind, body, known ?? null));
    else if (known) await this.tell(this.discard(known));
  }

  private put(kind: DraftKind, body: string, known: Saved | null) {
    const input = { ticketId: this.ticketId, kind, body, expectedVersion: known?.version ?? 0 };
    const context = body.length < KEEPALIVE_CHARACTERS ? { fetchOptions: KEEPALIVE } : {};
    return this.client
      .mutation(SaveDraft, { input }, context)
      .toPromise()
      .then(({ data }) => data?.saveDraft);
  }

  private discard({ kind, version }: Saved) {
    const input = { ticketId: this.ticketId, kind, expectedVersion: version };
    return this.client
      .mutation(DiscardDraft, { input }, { fetchOptions: KEEPALIVE })
      .toPromise()
      .then(({ data }) => data?.discardDraft);
  }

  /** Notes what the desk has now. */
  private async tell(asked: Promise<Answer | undefined>): Promise<void> {
    const answer = await asked;
    if (!answer) {
      this.timer = setTimeout(() => this.saveNow(), RETRY_MS);
      return;
    }
    const draft = unmask(DraftFields, answer.draft) ?? null;
    const code = answer.errors[0]?.code;
    if (code === undefined) this.saved = draft;
    else if (code === 'CONFLICT') {
      this.saved = draft;
      // The same text from two devices is no conflict.
      if ((draft?.body ?? '') !== this.store.get().body) {
        this.store.set({ ...this.store.get(), other: { body: draft?.body ?? '' } });
      }
    }
  }
}

const writings = new WeakMap<Client, Map<string, Writing>>();

function writingOn(client: Client, ticketId: string): Writing {
  const own = writings.get(client) ?? new Map<string, Writing>();
  writings.set(client, own);
  const writing = own.get(ticketId) ?? new Writing(client, ticketId);
  own.set(ticketId, writing);
  return writing;
}

/** The message begun on a ticket, and what can be done with it. */
export function useDraft(ticketId: string): { draft: Draft; writing: Writing } {
  const client = useClient();
  const writing = writingOn(client, ticketId);
  useEffect(() => {
    void writing.load();
    const onHide = () => {
      if (document.visibilityState === 'hidden') writing.saveNow();
    };
    document.addEventListener('visibilitychange', onHide);
    return () => {
      document.removeEventListener('visibilitychange', onHide);
      writing.saveNow();
    };
  }, [writing]);
  return { draft: useStore(writing.store), writing };
}

function emptyDraft(): Draft {
  return { kind: 'REPLY', body: '', idempotencyKey: newKey(), other: null };
}

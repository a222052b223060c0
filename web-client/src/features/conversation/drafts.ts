import type { Client } from '@urql/core';

/** A message that is being written. */
export type Draft = {
  kind: 'reply' | 'note';
  body: string;
  /** One for each text: sending it again after a lost answer adds nothing. */
  idempotencyKey: string;
};

const kept = new WeakMap<Client, Map<string, Draft>>();

/** The message begun on a ticket, or a new one. */
export function draftOf(client: Client, ticketId: string): Draft {
  return kept.get(client)?.get(ticketId) ?? emptyDraft();
}

export function emptyDraft(): Draft {
  return { kind: 'reply', body: '', idempotencyKey: crypto.randomUUID() };
}

/** Keeps a message while other pages are looked at; an empty one is forgotten. */
export function keepDraft(client: Client, ticketId: string, draft: Draft): void {
  const own = kept.get(client) ?? new Map<string, Draft>();
  kept.set(client, own);
  if (draft.body === '') own.delete(ticketId);
  else own.set(ticketId, draft);
}

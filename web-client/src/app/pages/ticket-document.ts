import type { Client } from '@urql/core';
import { graphql } from '@/graphql/generated';
import type { Live } from '@/graphql/live';

export const TicketPageDocument = graphql(`
  query TicketPage($number: Int!) {
    ticket(number: $number) {
      id
      number
      subject
      unread
      ...TicketProperties_ticket
      ...Timeline_ticket
      ...SuggestionPanel_ticket
    }
  }
`);

export const TicketPageUpdates = graphql(`
  subscription TicketPageUpdates($id: ID!, $after: Cursor) {
    ticketUpdates(id: $id, after: $after) {
      cursor
      resync
      ticket {
        id
        unread
        ...TicketProperties_ticket
      }
      event {
        ...Timeline_event
      }
      message {
        ...Timeline_message
      }
      suggestion {
        ...SuggestionPanel_suggestion
      }
    }
  }
`);

/** Up to which place in the log the cache holds a ticket, by number. */
const known = new WeakMap<Client, Map<number, string | null>>();

function cursorsOf(client: Client): Map<number, string | null> {
  const own = known.get(client) ?? new Map<number, string | null>();
  known.set(client, own);
  return own;
}

/** The place from which a ticket in the cache is to be followed; undefined when it was never read whole. */
export function knownUpTo(client: Client, number: number): string | null | undefined {
  return cursorsOf(client).get(number);
}

export function noteKnown(client: Client, number: number, cursor: string | null): void {
  cursorsOf(client).set(number, cursor);
}

const underWay = new WeakMap<Client, Set<number>>();

/** Reads a whole ticket into the cache; `fresh` also when it is there already. */
export async function readTicket(client: Client, live: Live, number: number, fresh = false): Promise<void> {
  const reading = underWay.get(client) ?? new Set<number>();
  underWay.set(client, reading);
  if (!fresh && (reading.has(number) || cursorsOf(client).has(number))) return;
  reading.add(number);
  // Whatever happened after this place may be missing from the answer, so the stream goes on from here.
  const before = live.cursor();
  const { error } = await client
    .query(TicketPageDocument, { number }, { requestPolicy: 'network-only' })
    .toPromise()
    .finally(() => reading.delete(number));
  if (!error) noteKnown(client, number, before);
}

import type { Exchange, OperationResult } from '@urql/core';
import { map, pipe } from 'wonka';

/**
 * Which version of each ticket was seen last.
 *
 * The stream tells of every step of a ticket, and a reader that comes from an earlier cursor is told of steps that its
 * own reads have already shown. What is older than what is known must not take its place in the cache.
 */
export class Newest {
  private readonly versions = new Map<string, number>();

  /** Notes every ticket in an answer. */
  see(value: unknown): void {
    if (Array.isArray(value)) {
      for (const item of value) this.see(item);
    } else if (typeof value === 'object' && value !== null) {
      const { id, version } = value as { id?: unknown; version?: unknown };
      if (typeof id === 'string' && typeof version === 'number' && id.startsWith('ticket_')) {
        this.versions.set(id, Math.max(version, this.versions.get(id) ?? 0));
      }
      for (const field of Object.values(value)) {
        if (typeof field === 'object') this.see(field);
      }
    }
  }

  /** Whether a ticket is older than one that was seen. */
  isOld(ticket: { id?: unknown; version?: unknown }): boolean {
    if (typeof ticket.id !== 'string' || typeof ticket.version !== 'number') return false;
    return ticket.version < (this.versions.get(ticket.id) ?? 0);
  }
}

/**
 * Notes what answers hold, and takes tickets out of live updates that are older than that: their `ticket` is null
 * then, as for those that left.
 */
export function newestExchange(newest: Newest): Exchange {
  return ({ forward }) =>
    (operations) =>
      pipe(
        forward(operations),
        map((result) => {
          if (result.operation.kind !== 'subscription') {
            newest.see(result.data);
            return result;
          }
          const current = withoutOld(result, newest);
          newest.see(current.data);
          return current;
        }),
      );
}

function withoutOld(result: OperationResult, newest: Newest): OperationResult {
  const data = result.data as
    Record<string, { ticket?: { id?: unknown; version?: unknown } | null }> | undefined;
  for (const [field, step] of Object.entries(data ?? {})) {
    if (step.ticket && newest.isOld(step.ticket)) {
      return { ...result, data: { ...data, [field]: { ...step, ticket: null } } };
    }
  }
  return result;
}

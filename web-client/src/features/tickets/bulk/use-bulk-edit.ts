import { useCallback, useRef, useState } from 'react';
import { useClient } from 'urql';
import { codeOf } from '@/graphql/errors';
import { editTicket, type Edit } from '../edit/edit-ticket';

/** A ticket that did not take the change, and why. */
export type Failure = {
  id: string;
  /** Null when the desk could not be asked. */
  mistake: { code: string; message: string } | null;
  /** As in `codeOf`. Null when the desk refused the change. */
  code: string | null;
};

export type Bulk = {
  edit: Edit;
  total: number;
  done: number;
  failures: readonly Failure[];
  isRunning: boolean;
};

export type BulkEditing = {
  /** The change under way, or the last one until it is put away. */
  bulk: Bulk | null;
  run: (ids: readonly string[], edit: Edit) => Promise<void>;
  /** Begins no more; those under way are finished. */
  stop: () => void;
  close: () => void;
};

/** Changes sent at the same time. */
const AT_ONCE = 4;

/** Makes one change on many tickets, whatever their version: each is its own change, and each may fail by itself. */
export function useBulkEdit(): BulkEditing {
  const client = useClient();
  const [bulk, setBulk] = useState<Bulk | null>(null);
  const under = useRef<AbortController>(undefined);
  const run = useCallback(
    async (ids: readonly string[], edit: Edit) => {
      const { signal } = (under.current = new AbortController());
      const waiting = [...ids];
      const failures: Failure[] = [];
      let done = 0;
      const show = (isRunning: boolean, total = ids.length) =>
        setBulk({ edit, total, done, failures: [...failures], isRunning });
      show(true);
      const work = async () => {
        for (let id = waiting.shift(); id !== undefined && !signal.aborted; id = waiting.shift()) {
          const { payload, error } = await editTicket(client, id, edit, null);
          const mistake = payload?.errors[0] ?? null;
          if (mistake || error || !payload)
            failures.push({ id, mistake, code: mistake ? null : (codeOf(error) ?? 'INTERNAL') });
          done += 1;
          show(true);
        }
      };
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, ids.length) }, work));
      show(false, signal.aborted ? done : ids.length);
    },
    [client],
  );
  return {
    bulk,
    run,
    stop: () => under.current?.abort(),
    close: () => setBulk(null),
  };
}

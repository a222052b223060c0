import type { TypedDocumentNode } from '@urql/core';
import { useCallback, useState } from 'react';
import { useClient } from 'urql';
import { codeOf } from './errors';

/** What the caller can mend about one field of the input. */
export type Mistake = { code: string; message: string; path: string };

export type Change<Data, Variables> = {
  /** Sends it; null when it was refused, which is then in `mistakes` or `failure`. */
  send: (variables: Variables) => Promise<Data | null>;
  isSending: boolean;
  mistakes: readonly Mistake[];
  /** Code of a refusal that is about no field, as of `codeOf`. */
  failure: string | null;
  /** Forgets what was refused. */
  reset: () => void;
};

type Payload = { errors: readonly Mistake[] };
type Refusal = { mistakes: readonly Mistake[]; failure: string | null };
const NONE: Refusal = { mistakes: [], failure: null };

/** One mutation, and why the desk refused it last. */
export function useChange<Data extends Record<string, unknown>, Variables extends object>(
  document: TypedDocumentNode<Data, Variables>,
): Change<Data, Variables> {
  const client = useClient();
  const [isSending, setSending] = useState(false);
  const [refusal, setRefusal] = useState(NONE);
  const send = useCallback(
    async (variables: Variables) => {
      setSending(true);
      const { data, error } = await client.mutation(document, variables).toPromise();
      setSending(false);
      const mistakes = data ? payloadsOf(data).flatMap((payload) => payload.errors) : [];
      setRefusal({ mistakes, failure: codeOf(error) });
      return data && !error && mistakes.length === 0 ? data : null;
    },
    [client, document],
  );
  const reset = useCallback(() => setRefusal(NONE), []);
  return { send, isSending, ...refusal, reset };
}

function payloadsOf(data: Record<string, unknown>): Payload[] {
  return Object.values(data).filter(
    (value): value is Payload => typeof value === 'object' && value !== null && 'errors' in value,
  );
}

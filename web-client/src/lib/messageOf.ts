import type { CombinedError } from '@urql/core';

/** What to tell a person about a failed request. */
export function messageOf(error: CombinedError): string {
  return error.graphQLErrors[0]?.message ?? error.networkError?.message ?? error.message;
}

import type { CombinedError } from '@urql/core';

/** `extensions.code` of an answer's first error; `NETWORK` when there was no answer. Null without an error. */
export function codeOf(error: CombinedError | undefined): string | null {
  if (!error) return null;
  if (error.networkError) return 'NETWORK';
  const code = error.graphQLErrors[0]?.extensions.code;
  return typeof code === 'string' ? code : 'INTERNAL';
}

/** Nobody is signed in, or not any more. */
export function isUnauthenticated(error: CombinedError | undefined): boolean {
  return error?.graphQLErrors.some((one) => one.extensions.code === 'UNAUTHENTICATED') ?? false;
}

import type { LabelKind } from '@/graphql/generated/graphql';

export const kinds: readonly LabelKind[] = ['CATEGORY', 'PRIORITY'];

/** Which kind of model is shown, as it stands in the address; categories if not said. */
export function readModelSearch(search: Record<string, unknown>): { kind?: LabelKind } {
  const kind = kinds.find((one) => one === search.kind);
  return kind ? { kind } : {};
}

export type Colleague = { id: string; name: string };

/** A name that is being typed: where its `@` stands, and what was typed behind it. */
export type Typed = { from: number; to: number; query: string };

/** The mention before the caret, if there is one being typed. */
export function mentionAt(body: string, caret: number): Typed | null {
  // Behind a letter it is an address.
  const found = /(?:^|[\s([{„“"'])@([\p{L}\p{M}\p{N}.'’-]*(?: [\p{L}\p{M}\p{N}.'’-]*)?)$/u.exec(
    body.slice(0, caret),
  );
  const query = found?.[1];
  return query === undefined ? null : { from: caret - query.length - 1, to: caret, query };
}

const MOST = 6;

/** Whom the typed letters may mean: those of whose name a word begins so. */
export function matching(colleagues: readonly Colleague[], query: string): Colleague[] {
  const words = query.toLocaleLowerCase();
  const fits = ({ name }: Colleague) => {
    const lower = name.toLocaleLowerCase();
    // A whole name with a space behind it is done.
    return lower !== words.trim() && (lower.startsWith(words) || lower.includes(` ${words}`));
  };
  return colleagues.filter(fits).slice(0, MOST);
}

/** Whom a text mentions by their whole names. */
export function mentionedIn(body: string, colleagues: readonly Colleague[]): Colleague[] {
  const named = new Set(piecesOf(body, colleagues).flatMap(({ of }) => (of ? [of.id] : [])));
  return colleagues.filter(({ id }) => named.has(id));
}

export type Piece = { text: string; of: Colleague | null };

/** Cuts a text into mentions and what stands between them. Of two names that fit, the longer one counts. */
export function piecesOf(body: string, colleagues: readonly Colleague[]): Piece[] {
  const names = [...colleagues].sort((a, b) => b.name.length - a.name.length);
  const pieces: Piece[] = [];
  let rest = 0;
  for (const { index } of body.matchAll(/(?<![\p{L}\p{N}])@/gu)) {
    const of = names.find(({ name }) => isNamed(body, index + 1, name));
    if (!of || index < rest) continue;
    if (index > rest) pieces.push({ text: body.slice(rest, index), of: null });
    rest = index + 1 + of.name.length;
    pieces.push({ text: body.slice(index, rest), of });
  }
  if (rest < body.length) pieces.push({ text: body.slice(rest), of: null });
  return pieces;
}

function isNamed(body: string, at: number, name: string): boolean {
  const end = at + name.length;
  return (
    body.slice(at, end).toLocaleLowerCase() === name.toLocaleLowerCase() &&
    !/^[\p{L}\p{N}]/u.test(body.slice(end))
  );
}

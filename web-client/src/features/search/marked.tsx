import type { ReactNode } from 'react';

type Range = { start: number; end: number };

/** A text with the found words marked; places are counted in Unicode scalar values, as the desk counts them. */
export function Marked({ text, ranges }: { text: string; ranges: readonly Range[] }): ReactNode {
  const characters = Array.from(text);
  const part = (from: number, to?: number) => characters.slice(from, to).join('');
  return (
    <>
      {ranges.map(({ start, end }, at) => (
        <span key={start}>
          {part(ranges[at - 1]?.end ?? 0, start)}
          <mark>{part(start, end)}</mark>
        </span>
      ))}
      {part(ranges.at(-1)?.end ?? 0)}
    </>
  );
}

import type { ReactNode } from 'react';
import { useText } from '@/i18n/use-text';
import { useFormats } from '@/lib/time';
import type { Suggestion } from './suggestion-panel';
import styles from './suggestion-panel.module.css';

/** A piece of a text that decided, in characters as the desk counts them: Unicode scalar values. */
export type Reason = { start: number; end: number; share: number; label: string };

/** The reasons of suggestions that stand in one text; `messageId` null: in the subject. */
export function reasonsIn(suggestions: readonly Suggestion[], messageId: string | null): Reason[] {
  return suggestions.flatMap((suggestion) =>
    suggestion.decidingWords.flatMap((word): Reason[] => {
      const isHere =
        messageId === null
          ? word.part === 'SUBJECT'
          : word.part === 'MESSAGE' && word.messageId === messageId;
      if (!isHere || word.start === null || word.end === null) return [];
      return [{ start: word.start, end: word.end, share: word.share, label: suggestion.label ?? '' }];
    }),
  );
}

/** A text with the words marked that decided about suggestions. */
export function HighlightedText({ text, reasons }: { text: string; reasons: readonly Reason[] }) {
  const { t } = useText('suggestions');
  const formats = useFormats();
  return piecesOf(text, reasons).map(({ from, piece, of }): ReactNode =>
    of.length === 0 ? (
      piece
    ) : (
      <mark
        key={from}
        className={styles.reason}
        title={of
          .map((one) => t('reason', { label: one.label, share: formats.percent(one.share) }))
          .join('\n')}
      >
        {piece}
      </mark>
    ),
  );
}

type Piece = { from: number; piece: string; of: Reason[] };

/** Cuts a text where reasons begin and end. Those that do not fit the text, which may have changed since, are left out. */
export function piecesOf(text: string, reasons: readonly Reason[]): Piece[] {
  const characters = Array.from(text);
  const fitting = reasons.filter(({ start, end }) => start >= 0 && start < end && end <= characters.length);
  const cuts = [
    ...new Set([0, characters.length, ...fitting.flatMap(({ start, end }) => [start, end])]),
  ].sort((a, b) => a - b);
  return cuts.slice(0, -1).map((from, index) => {
    const to = cuts[index + 1] ?? characters.length;
    return {
      from,
      piece: characters.slice(from, to).join(''),
      of: fitting.filter(({ start, end }) => start <= from && end >= to),
    };
  });
}

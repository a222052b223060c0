import { useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import { matching, mentionAt, type Colleague, type Typed } from './mentions';

export type Mentions = {
  id: string;
  /** Whom to offer; empty: nothing is being mentioned. */
  offered: readonly Colleague[];
  at: number;
  /** To be told where the caret is after each change of text or place. */
  look: (body: string, caret: number) => void;
  /** True when the key was for the offer. */
  onKeyDown: (event: KeyboardEvent) => boolean;
  choose: (colleague: Colleague) => void;
  close: () => void;
};

/** Offers colleagues while a name is typed behind an `@`. */
export function useMentions(
  field: RefObject<HTMLTextAreaElement | null>,
  colleagues: readonly Colleague[],
  onBody: (body: string) => void,
): Mentions {
  const id = useId();
  const [typed, setTyped] = useState<Typed | null>(null);
  const [index, setIndex] = useState(0);
  const caret = useRef<number | null>(null);
  const offered = typed ? matching(colleagues, typed.query) : [];
  const at = Math.min(index, Math.max(0, offered.length - 1));
  // Behind the name, once the field holds it.
  useLayoutEffect(() => {
    if (caret.current === null) return;
    field.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  });
  const close = () => setTyped(null);
  const choose = ({ name }: Colleague) => {
    const body = field.current?.value;
    if (!typed || body === undefined) return;
    const text = `@${name} `;
    caret.current = typed.from + text.length;
    onBody(body.slice(0, typed.from) + text + body.slice(typed.to).replace(/^ /, ''));
    close();
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const current = offered[at];
    if (!current) return false;
    if (event.key === 'ArrowDown') setIndex((at + 1) % offered.length);
    else if (event.key === 'ArrowUp') setIndex((at + offered.length - 1) % offered.length);
    else if (event.key === 'Escape') close();
    else if ((event.key === 'Enter' && !event.ctrlKey && !event.metaKey) || event.key === 'Tab')
      choose(current);
    else return false;
    event.preventDefault();
    return true;
  };
  const look = (body: string, place: number) => {
    const next = mentionAt(body, place);
    if (next?.query !== typed?.query) setIndex(0);
    setTyped(next);
  };
  return { id, offered, at, look, onKeyDown, choose, close };
}

import { useCallback, useLayoutEffect, useRef, useState, type RefObject } from 'react';

/** As near to the end counts as there. */
const NEAR_PX = 40;

/**
 * Something that grows at its end and is read from there: it begins at the end, and stays there while it grows, until
 * somebody scrolls away from it.
 */
export function useStickToEnd(): {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  isAtEnd: boolean;
  toEnd: () => void;
} {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const [isAtEnd, setIsAtEnd] = useState(true);
  const isKept = useRef(true);
  const toEnd = useCallback(() => {
    if (scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight;
  }, []);
  useLayoutEffect(() => {
    const [area, inner] = [scroller.current, content.current];
    if (!area || !inner) return undefined;
    const look = () => {
      isKept.current = area.scrollHeight - area.scrollTop - area.clientHeight < NEAR_PX;
      setIsAtEnd(isKept.current);
    };
    const keep = () => {
      if (isKept.current) toEnd();
      look();
    };
    keep();
    // What is in it grows, and the form below takes its room.
    const observer = new ResizeObserver(keep);
    observer.observe(area);
    observer.observe(inner);
    area.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      area.removeEventListener('scroll', look);
    };
  }, [toEnd]);
  return { scroller, content, isAtEnd, toEnd };
}

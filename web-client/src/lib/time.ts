import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { Language } from '@/i18n/i18n';
import { createStore, useStore } from './store';

const SECOND = 1000;
type Unit = 'second' | 'minute' | 'hour' | 'day' | 'month' | 'year';
const STEPS: readonly [limit: number, unit: Unit, ms: number][] = [
  [60 * SECOND, 'second', SECOND],
  [60 * 60 * SECOND, 'minute', 60 * SECOND],
  [24 * 60 * 60 * SECOND, 'hour', 60 * 60 * SECOND],
  [30 * 24 * 60 * 60 * SECOND, 'day', 24 * 60 * 60 * SECOND],
  [365 * 24 * 60 * 60 * SECOND, 'month', 30 * 24 * 60 * 60 * SECOND],
  [Infinity, 'year', 365 * 24 * 60 * 60 * SECOND],
];

/** Ages in tables. `Intl` would have a month look like a minute. */
const SHORT: Record<Language, Record<Unit, (count: number) => string>> = {
  en: {
    second: (count) => `${count}s`,
    minute: (count) => `${count}m`,
    hour: (count) => `${count}h`,
    day: (count) => `${count}d`,
    month: (count) => `${count}mo`,
    year: (count) => `${count}y`,
  },
  de: {
    second: (count) => `${count} s`,
    minute: (count) => `${count} Min.`,
    hour: (count) => `${count} Std.`,
    day: (count) => `${count} T.`,
    month: (count) => `${count} Mon.`,
    year: (count) => `${count} J.`,
  },
};

/** Formats times and numbers as the chosen language does. */
export type Formats = {
  /** How long ago, such as "3 minutes ago". */
  ago: (time: string | number, now: number) => string;
  /** The same for tables, such as "3m". */
  age: (time: string | number, now: number) => string;
  date: (time: string | number) => string;
  dateTime: (time: string | number) => string;
  number: (value: number) => string;
  percent: (share: number) => string;
};

const known = new Map<string, Formats>();
const zone = createStore<string | undefined>(undefined);

/** In which time zone times are shown from now on; null, or one that this browser does not know: its own. */
export function setTimeZone(timeZone: string | null): void {
  zone.set(timeZone !== null && isZone(timeZone) ? timeZone : undefined);
}

function isZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export function formatsOf(language: string): Formats {
  const key = `${language} ${zone.get() ?? ''}`;
  let formats = known.get(key);
  if (!formats) {
    formats = makeFormats(language, zone.get());
    known.set(key, formats);
  }
  return formats;
}

export function useFormats(): Formats {
  useStore(zone);
  return formatsOf(useTranslation().i18n.language);
}

function makeFormats(language: string, timeZone: string | undefined): Formats {
  const inZone = timeZone ? { timeZone } : {};
  const ago = once(() => new Intl.RelativeTimeFormat(language, { numeric: 'auto' }));
  const date = once(() => new Intl.DateTimeFormat(language, { dateStyle: 'medium', ...inZone }));
  const dateTime = once(
    () => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', ...inZone }),
  );
  const number = once(() => new Intl.NumberFormat(language));
  const percent = once(() => new Intl.NumberFormat(language, { style: 'percent' }));
  return {
    ago: (time, now) => {
      const [count, unit] = distance(time, now);
      return ago().format(-count, unit);
    },
    age: (time, now) => {
      const [count, unit] = distance(time, now);
      return SHORT[language in SHORT ? (language as Language) : 'en'][unit](count);
    },
    date: (time) => date().format(new Date(time)),
    dateTime: (time) => dateTime().format(new Date(time)),
    // In the languages of the console, small numbers are their digits.
    number: (value) =>
      Number.isInteger(value) && value >= 0 && value < 1000 ? String(value) : number().format(value),
    percent: (share) => percent().format(share),
  };
}

/** The first one a browser makes takes it as long as a whole list of tickets, so the first list does without. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** Whole units between a time and now; clocks that differ a little never make a time of the future. */
function distance(time: string | number, now: number): [number, Unit] {
  const ms = Math.max(0, now - new Date(time).getTime());
  for (const [limit, unit, size] of STEPS) {
    if (ms < limit) return [Math.floor(ms / size), unit];
  }
  return [0, 'second'];
}

/** One clock for all ages on the page: they change together, and a hidden page does not tick. */
function clock(everyMs: number): { subscribe: (listener: () => void) => () => void; now: () => number } {
  let now = Date.now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const listeners = new Set<() => void>();
  const tick = () => {
    if (document.hidden) return;
    now = Date.now();
    for (const listener of listeners) listener();
  };
  return {
    subscribe: (listener) => {
      if (listeners.size === 0) {
        now = Date.now();
        timer = setInterval(tick, everyMs);
        document.addEventListener('visibilitychange', tick);
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        document.removeEventListener('visibilitychange', tick);
      };
    },
    now: () => now,
  };
}

const minutes = clock(20_000);
const seconds = clock(SECOND);

/** The time in milliseconds, renewed about three times a minute, or every second. */
export function useNow(precise = false): number {
  const source = precise ? seconds : minutes;
  return useSyncExternalStore(source.subscribe, source.now);
}

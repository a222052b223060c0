import type { ReportInterval } from '@/graphql/generated/graphql';

/** What the address says about a report; days such as 2026-11-28, both included. */
export type ReportSearch = { from?: string; until?: string; queue?: string; interval?: string };

export type ReportRange = { from: Date; to: Date; interval: ReportInterval };

export const INTERVALS: readonly ReportInterval[] = ['DAY', 'WEEK', 'MONTH'];
/** Days looked back, where the address names none. */
export const DAYS_AT_FIRST = 30;
/** Most buckets that the desk gives. */
const BUCKETS_MAX = 400;
const DAY_MS = 24 * 60 * 60 * 1000;

const KEYS = ['from', 'until', 'queue', 'interval'] as const satisfies readonly (keyof ReportSearch)[];

export function readReportSearch(given: Record<string, unknown>): ReportSearch {
  const found: ReportSearch = {};
  for (const key of KEYS) {
    const value = given[key];
    if (typeof value === 'string' && value !== '') found[key] = value;
  }
  return found;
}

/** A day of this browser's time zone, as dates in forms have it. */
export function dayName(day: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

export function daysAgo(days: number, today: Date): Date {
  return new Date(today.getFullYear(), today.getMonth(), today.getDate() - days);
}

/**
 * The time a report is about: from the first moment of its first day to the end of its last one. Null for days that are
 * none, or in the wrong order.
 */
export function rangeOf(search: ReportSearch, today: Date): ReportRange | null {
  const from = search.from === undefined ? daysAgo(DAYS_AT_FIRST - 1, today) : readDay(search.from);
  const last = search.until === undefined ? daysAgo(0, today) : readDay(search.until);
  if (!from || !last || from > last) return null;
  const to = new Date(last.getFullYear(), last.getMonth(), last.getDate() + 1);
  const days = Math.round((to.getTime() - from.getTime()) / DAY_MS);
  const wanted = INTERVALS.find((interval) => interval === search.interval);
  const fitting = days <= 62 ? 'DAY' : days <= 366 ? 'WEEK' : 'MONTH';
  const interval = wanted === 'DAY' && days > BUCKETS_MAX ? fitting : (wanted ?? fitting);
  return { from, to, interval };
}

function readDay(text: string): Date | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const day = new Date(`${text}T00:00:00`);
  return Number.isNaN(day.getTime()) ? null : day;
}

import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ReportInterval } from '@/graphql/generated/graphql';

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** Seconds as people say them, with the two largest units: "3h 20m". Null for null. */
export function useDurations(): (seconds: number | null) => string | null {
  const { language } = useTranslation().i18n;
  return useMemo(() => {
    const unit = (name: string) =>
      new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'narrow' });
    const formats = UNITS.map(([name, size]) => ({ size, format: unit(name) }));
    return (seconds) => {
      if (seconds === null) return null;
      const whole = Math.round(seconds);
      const at = formats.findIndex(({ size }) => whole >= size);
      const [large, small] = at < 0 ? formats.slice(-1) : formats.slice(at, at + 2);
      if (!large) return null;
      const count = Math.floor(whole / large.size);
      const rest = small ? Math.floor((whole % large.size) / small.size) : 0;
      const first = large.format.format(count);
      return small && rest > 0 && count < 10 ? `${first} ${small.format.format(rest)}` : first;
    };
  }, [language]);
}

/** The name of a bucket on an axis, by when it begins. */
export function usePlaces(interval: ReportInterval): (from: string) => string {
  const { language } = useTranslation().i18n;
  return useMemo(() => {
    const format = new Intl.DateTimeFormat(
      language,
      interval === 'MONTH' ? { month: 'short', year: 'numeric' } : { day: 'numeric', month: 'short' },
    );
    return (from) => format.format(new Date(from));
  }, [language, interval]);
}

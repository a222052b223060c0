import { expect, test } from 'vitest';
import { scaleOf } from '@/components/charts/chart';
import { csvOf } from './csv';
import { rangeOf } from './search';

test('an axis has round steps, of time too', () => {
  expect(scaleOf(35)).toEqual({ top: 40, steps: [0, 10, 20, 30, 40] });
  expect(scaleOf(1).steps.at(-1)).toBe(1);
  expect(scaleOf(0)).toEqual({ top: 1, steps: [0, 1] });
  expect(scaleOf(13 * 3600, 3600).steps).toEqual([0, 18_000, 36_000, 54_000]);
});

test('a file holds what a spreadsheet reads as it was meant', () => {
  expect(csvOf(['Queue', 'Open'], [['Billing, "EU"', 3]])).toBe('Queue,Open\r\n"Billing, ""EU""",3\r\n');
  expect(csvOf(['Queue'], [['=1+1'], [null]])).toBe("Queue\r\n'=1+1\r\n\r\n");
});

test('a range holds its last day, and days that make none are refused', () => {
  const today = new Date(2026, 10, 28);
  const given = rangeOf({ from: '2026-03-01', until: '2026-03-31' }, today);
  expect(given).toEqual({ from: new Date(2026, 2, 1), to: new Date(2026, 3, 1), interval: 'DAY' });
  expect(rangeOf({}, today)?.from).toEqual(new Date(2026, 9, 30));
  expect(rangeOf({ from: '2026-11-01', until: '2026-10-01' }, today)).toBeNull();
  expect(rangeOf({ from: 'yesterday' }, today)).toBeNull();
  // The desk gives 400 buckets at most.
  expect(rangeOf({ from: '2020-01-01', interval: 'DAY' }, today)?.interval).toBe('MONTH');
});

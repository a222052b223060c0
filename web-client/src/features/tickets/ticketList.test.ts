import { expect, test } from 'vitest';

import { addPage, applyStep, showNews, type TicketList } from './ticketList';

interface Row {
  id: string;
  subject: string;
}
const row = (id: string, subject = id): Row => ({ id, subject });
const list = (over: Partial<TicketList<Row>> = {}): TicketList<Row> => ({
  rows: [row('b'), row('a')],
  news: [],
  total: 2,
  endCursor: 'end',
  streamCursor: 's',
  ...over,
});

test('a ticket that enters waits above the list until it is asked for', () => {
  const entered = applyStep(list(), { kind: 'ENTER', row: row('c') });
  expect([entered.rows.length, entered.news, entered.total]).toEqual([2, [row('c')], 3]);
  const shown = showNews(entered);
  expect([shown.rows.map(({ id }) => id), shown.news]).toEqual([['c', 'b', 'a'], []]);
});

test('a ticket that changes keeps its place, also while it waits', () => {
  const changed = applyStep(list({ news: [row('c')] }), { kind: 'UPDATE', row: row('c', 'new') });
  expect(changed.news).toEqual([row('c', 'new')]);
  expect(applyStep(list(), { kind: 'UPDATE', row: row('a', 'new') }).rows[1]?.subject).toBe('new');
});

test('a change of a ticket on a page that was not read adds nothing', () => {
  expect(applyStep(list(), { kind: 'UPDATE', row: row('z') })).toEqual(list());
});

test('a ticket that leaves is gone from both parts', () => {
  const left = applyStep(list({ news: [row('c')], total: 3 }), { kind: 'LEAVE', id: 'c' });
  expect([left.news, left.total]).toEqual([[], 2]);
});

test('a page adds only rows that are not there yet', () => {
  const more = addPage(list({ news: [row('c')] }), [row('a'), row('c'), row('0')], null);
  expect([more.rows.map(({ id }) => id), more.endCursor]).toEqual([['b', 'a', '0'], null]);
});

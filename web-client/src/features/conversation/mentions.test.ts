import { expect, test } from 'vitest';
import { matching, mentionAt, mentionedIn, piecesOf } from './mentions';

const ada = { id: 'a', name: 'Ada Okafor' };
const adam = { id: 'b', name: 'Ada Okafor-Lind' };
const chloe = { id: 'c', name: 'Chloé Martin' };
const all = [ada, adam, chloe];

test.each([
  ['@', ''],
  ['Hello @ch', 'ch'],
  ['Hello (@Chloé Ma', 'Chloé Ma'],
  ['mail ada@desk', null],
  ['Hello @Ada Okafor and', null],
  ['no', null],
])('in %j the mention being typed is %j', (text, query) => {
  expect(mentionAt(text, text.length)?.query ?? null).toBe(query);
});

test.each([
  ['', ['Ada Okafor', 'Ada Okafor-Lind', 'Chloé Martin']],
  ['oka', ['Ada Okafor', 'Ada Okafor-Lind']],
  ['MAR', ['Chloé Martin']],
  ['Chloé Martin', []],
  ['da', []],
])('%j offers %j', (query, names) => {
  expect(matching(all, query).map(({ name }) => name)).toEqual(names);
});

test('whole names are mentions, the longer one where two fit, and addresses are none', () => {
  expect(mentionedIn('@Ada Okafor, see x@Chloé Martin', all)).toEqual([ada]);
  expect(mentionedIn('Ask @ada okafor-lind', all)).toEqual([adam]);
  expect(mentionedIn('@Ada Okaforova', all)).toEqual([]);
});

test('a text is cut at its mentions and stays whole', () => {
  const text = 'Dear @Chloé Martin: @nobody, and @Ada Okafor.';
  const pieces = piecesOf(text, all);
  expect(pieces.map((piece) => piece.text).join('')).toBe(text);
  expect(pieces.filter(({ of }) => of).map((piece) => piece.text)).toEqual(['@Chloé Martin', '@Ada Okafor']);
});

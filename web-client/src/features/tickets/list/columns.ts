import { createContext, useContext, useState } from 'react';
import { createStore, useStore } from '@/lib/store';
import { remember, remembered } from '@/lib/storage';

export const COLUMNS = [
  'number',
  'subject',
  'requester',
  'assignee',
  'status',
  'priority',
  'category',
  'queue',
  'tags',
  'age',
  'updated',
] as const;

export type Column = (typeof COLUMNS)[number];

const WIDTHS: Record<Column, string> = {
  number: '64px',
  subject: 'minmax(160px, 4fr)',
  requester: 'minmax(96px, 1.7fr)',
  assignee: 'minmax(110px, 1.8fr)',
  status: '92px',
  priority: '92px',
  category: 'minmax(90px, 2fr)',
  queue: 'minmax(80px, 1fr)',
  tags: 'minmax(80px, 1.2fr)',
  age: '56px',
  updated: '72px',
};

const ALWAYS: readonly Column[] = ['number', 'subject'];
const AT_FIRST: readonly Column[] = [
  'number',
  'subject',
  'requester',
  'assignee',
  'status',
  'priority',
  'category',
  'tags',
  'age',
];
/** What a narrow window shows, whatever is chosen: the rest is on the ticket. */
const NARROW: readonly Column[] = ['number', 'subject', 'status', 'age'];

const chosen = createStore<readonly Column[]>(readColumns());

function readColumns(): readonly Column[] {
  const names = remembered('columns')?.split(',');
  return names ? columnsOf(names) : AT_FIRST;
}

/** The columns of these names, in their usual order, with those that are always there. */
export function columnsOf(names: readonly string[]): readonly Column[] {
  return COLUMNS.filter((column) => ALWAYS.includes(column) || names.includes(column));
}

type Columns = { columns: readonly Column[]; toggle: (column: Column) => void };

/** Columns that a part of the page has for itself, such as a saved view. */
const Scope = createContext<Columns | null>(null);
export const ColumnsScope = Scope.Provider;

/** Columns to begin with, changed for as long as the page is open; those of the browser without any. */
export function useColumnsOf(first: readonly Column[] | null): Columns & { reset: () => void } {
  const [own, setOwn] = useState(first);
  const browser = useColumns();
  if (own === null) return { ...browser, reset: () => undefined };
  return {
    columns: own,
    toggle: (column) => setOwn(toggled(own, column)),
    reset: () => setOwn(first),
  };
}

/** The columns this browser shows, and a way to change one. */
export function useColumns(): Columns {
  const scope = useContext(Scope);
  const columns = useStore(chosen);
  const toggle = (column: Column) => {
    const next = toggled(columns, column);
    chosen.set(next);
    remember('columns', next.join(','));
  };
  return scope ?? { columns, toggle };
}

function toggled(columns: readonly Column[], column: Column): readonly Column[] {
  if (ALWAYS.includes(column)) return columns;
  return COLUMNS.filter((other) => (other === column ? !columns.includes(column) : columns.includes(other)));
}

export function isFixed(column: Column): boolean {
  return ALWAYS.includes(column);
}

export function narrowed(columns: readonly Column[], width: number): readonly Column[] {
  if (width < 560) return columns.filter((column) => NARROW.includes(column));
  if (width < 860)
    return columns.filter((column) => column !== 'tags' && column !== 'category' && column !== 'queue');
  return columns;
}

/** The grid of a row, its box for selecting first. */
export function templateOf(columns: readonly Column[]): string {
  return ['36px', ...columns.map((column) => WIDTHS[column])].join(' ');
}

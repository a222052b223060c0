/** What is shown of a list: pages from the top, with live steps applied. */
export interface TicketList<Row> {
  rows: Row[];
  /** Entered while the list was being read; shown when asked for, newest first. */
  news: Row[];
  total: number;
  endCursor: string | null;
  streamCursor: string | null;
}

export interface Identified {
  id: string;
}

export type Step<Row> = { kind: 'ENTER' | 'UPDATE'; row: Row } | { kind: 'LEAVE'; id: string };

/** The list after a live step. A row that is in neither part and only changed is on a page not read yet. */
export function applyStep<Row extends Identified>(
  list: TicketList<Row>,
  step: Step<Row>,
): TicketList<Row> {
  if (step.kind === 'LEAVE') {
    const others = (rows: Row[]) => rows.filter((row) => row.id !== step.id);
    return {
      ...list,
      rows: others(list.rows),
      news: others(list.news),
      total: Math.max(0, list.total - 1),
    };
  }
  const { row } = step;
  const isKnown = [...list.rows, ...list.news].some((one) => one.id === row.id);
  if (!isKnown) {
    return step.kind === 'ENTER'
      ? { ...list, news: [row, ...list.news], total: list.total + 1 }
      : list;
  }
  const replaced = (rows: Row[]) => rows.map((one) => (one.id === row.id ? row : one));
  return { ...list, rows: replaced(list.rows), news: replaced(list.news) };
}

/** The list with the next page at its end; rows that came by live steps meanwhile stay single. */
export function addPage<Row extends Identified>(
  list: TicketList<Row>,
  page: Row[],
  endCursor: string | null,
): TicketList<Row> {
  const known = new Set([...list.rows, ...list.news].map((row) => row.id));
  return { ...list, rows: [...list.rows, ...page.filter((row) => !known.has(row.id))], endCursor };
}

export function showNews<Row>(list: TicketList<Row>): TicketList<Row> {
  return { ...list, rows: [...list.news, ...list.rows], news: [] };
}

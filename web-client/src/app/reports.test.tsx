import { within } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { fail, type Answers } from '@/testing/desk';
import { support } from '@/testing/records';
import { renderConsole, screen } from '@/testing/render';

const times = (count: number) => ({
  count,
  medianSeconds: count ? 5400 : null,
  p90Seconds: count ? 90_000 : null,
});
const figures = (created: number) => ({
  created,
  solved: 2,
  reopened: 1,
  firstResponse: times(created),
  resolution: times(0),
});

const report: Answers = {
  Query: {
    ticketReport: () => ({
      total: figures(7),
      buckets: [
        { from: '2026-11-26T12:00:00Z', to: '2026-11-27T12:00:00Z', figures: figures(7) },
        { from: '2026-11-27T12:00:00Z', to: '2026-11-28T12:00:00Z', figures: figures(0) },
      ],
      backlog: [{ queue: support, open: 5, pending: 2, unassigned: 1 }],
    }),
    suggestionFigures: () => [{ week: '2026-W48', count: 9, accepted: 3, acceptance: 0.75, accuracy: null }],
  },
};

test('a report tells what came in and how long people waited, in charts and in tables', async () => {
  const { desk } = await renderConsole('/reports?from=2026-11-26&until=2026-11-27', { answers: report });
  const flow = within(await screen.findByRole('region', { name: 'Tickets created and solved' }));
  expect(flow.getByRole('img', { name: /created and solved tickets/ })).toBeInTheDocument();
  expect(flow.getByRole('row', { name: 'Nov 26 7 2 1' })).toBeVisible();
  const waited = within(screen.getByRole('region', { name: 'Time to the first response' }));
  expect(waited.getByRole('row', { name: 'Nov 26 7 1h 30m 1d 1h' })).toBeVisible();
  expect(waited.getByRole('row', { name: 'Nov 27 0 – –' })).toBeVisible();
  const backlog = within(screen.getByRole('region', { name: 'Waiting now, by queue' }));
  expect(backlog.getByRole('row', { name: `${support.name} 5 2 1` })).toBeVisible();
  const suggested = within(await screen.findByRole('region', { name: 'Suggested categories' }));
  expect(suggested.getByRole('row', { name: /2026-W48 9 3 0 0 75% – –/ })).toBeVisible();
  expect(desk.argsOf('ticketReport').at(-1)).toMatchObject({ interval: 'DAY', queueIds: [] });
});

test('a table is taken along as a file', async () => {
  const { user } = await renderConsole('/reports', { answers: report });
  const blobs: Blob[] = [];
  vi.stubGlobal(
    'URL',
    Object.assign(URL, {
      createObjectURL: (blob: Blob) => (blobs.push(blob), 'blob:1'),
      revokeObjectURL: () => undefined,
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'Download “Waiting now, by queue” as CSV' }));
  expect(await blobs[0]?.text()).toContain(`Queue,Open,Pending,Unassigned\r\n${support.name},5,2,1\r\n`);
  vi.unstubAllGlobals();
});

test('days that make no report, and a report that cannot be read, say what to do', async () => {
  const { desk, user } = await renderConsole('/reports?from=2026-11-26&until=2026-11-20', {
    answers: report,
  });
  expect(await screen.findByText('These days do not make a report')).toBeVisible();
  expect(desk.argsOf('ticketReport')).toEqual([]);
  desk.answer({ Query: { ticketReport: () => fail('TIMEOUT') } });
  await user.click(screen.getByRole('button', { name: 'Last 7 days' }));
  const again = await screen.findByRole('button', { name: 'Try again' });
  desk.answer(report);
  await user.click(again);
  expect(await screen.findByRole('region', { name: 'Tickets created and solved' })).toBeVisible();
});

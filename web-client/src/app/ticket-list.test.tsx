import { waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { fail, type Answers } from '@/testing/desk';
import { ada, ben, ticket } from '@/testing/records';
import { renderConsole, screen } from '@/testing/render';

const page = (...tickets: ReturnType<typeof ticket>[]): Answers => ({
  Query: {
    tickets: () => ({
      nodes: tickets,
      totalCount: tickets.length,
      streamCursor: 'test-1',
      pageInfo: { hasNextPage: false, endCursor: null },
    }),
  },
});

const rows = () => screen.getAllByRole('row').slice(1);
const subjects = () => rows().map((row) => within(row).getByText(/Subject \d+/).textContent);

test('a list shows its tickets and what they are', async () => {
  await renderConsole('/tickets', {
    answers: page(ticket(12, { assignee: ada, priority: 'URGENT' }), ticket(11, { status: 'PENDING' })),
  });
  const first = await screen.findByRole('row', { name: /Subject 12/ });
  for (const text of ['12', 'Mia Sander', 'Ada Okafor', 'Open', 'Urgent']) {
    expect(within(first).getByText(text)).toBeVisible();
  }
  expect(within(screen.getByRole('row', { name: /Subject 11/ })).getByText('Pending')).toBeVisible();
});

test('an empty list says so, and what to do', async () => {
  const { user, desk } = await renderConsole('/tickets?priority=URGENT');
  expect(await screen.findByText('No ticket fits these filters')).toBeVisible();
  const button = screen.getAllByRole('button', { name: 'Clear filters' })[0];
  if (button) await user.click(button);
  expect(await screen.findByText('No tickets here')).toBeVisible();
  expect(desk.argsOf('tickets')).toContainEqual(
    expect.objectContaining({ filter: expect.objectContaining({ priorities: ['URGENT'] }) as unknown }),
  );
});

test('a list that cannot be read says why and can be tried again', async () => {
  const { user, desk } = await renderConsole('/tickets', {
    answers: {
      Query: {
        // The sidebar only counts.
        tickets: ({ first }: { first: number }) =>
          first === 1 ? { totalCount: 1 } : fail('SERVICE_UNAVAILABLE'),
      },
    },
  });
  const again = await screen.findByRole('button', { name: 'Try again' });
  expect(screen.getByText(/cannot reach its database/)).toBeVisible();
  desk.answer(page(ticket(7)));
  await user.click(again);
  expect(await screen.findByText('Subject 7')).toBeVisible();
});

test('what arrives while the list is read waits behind a bar', async () => {
  const { user, desk } = await renderConsole('/tickets', { answers: page(ticket(12), ticket(11)) });
  await screen.findByText('Subject 12');
  await user.keyboard('j');
  await waitFor(() => expect(rows()[0]).toHaveFocus());
  await desk.push('queueUpdates', step('ENTER', 13, 'test-2'));
  await desk.push('queueUpdates', step('ENTER', 14, 'test-3'));
  const bar = await screen.findByRole('button', { name: '2 new tickets' });
  expect(subjects()).toEqual(['Subject 12', 'Subject 11']);
  await user.click(bar);
  expect(subjects()).toEqual(['Subject 14', 'Subject 13', 'Subject 12', 'Subject 11']);
  expect(screen.queryByRole('button', { name: /new ticket/ })).toBeNull();
});

test('a row that left stays, and says so, until the list is not read any more', async () => {
  const { user, desk } = await renderConsole('/tickets', { answers: page(ticket(12), ticket(11)) });
  await screen.findByText('Subject 12');
  await user.keyboard('j');
  await waitFor(() => expect(rows()[0]).toHaveFocus());
  await desk.push('queueUpdates', {
    kind: 'LEAVE',
    cursor: 'test-2',
    ticketId: 'ticket_12',
    ticket: null,
    totalCount: 1,
  });
  expect(await screen.findByText('Not in this list any more')).toBeVisible();
  (document.activeElement as HTMLElement).blur();
  await waitFor(() => expect(subjects()).toEqual(['Subject 11']));
});

test('a change by somebody else shows in its row and marks it', async () => {
  const { desk } = await renderConsole('/tickets', { answers: page(ticket(12)) });
  await screen.findByText('Subject 12');
  await desk.push('queueUpdates', {
    ...step('UPDATE', 12, 'test-2'),
    ticket: ticket(12, { assignee: ben, version: 2, unread: true }),
  });
  const row = await screen.findByRole('row', { name: /Ben Lindqvist/ });
  expect(within(row).getByRole('img', { name: 'Changed by somebody else' })).toBeVisible();
});

test('an older state than the one shown does not come back', async () => {
  const { desk } = await renderConsole('/tickets', {
    answers: page(ticket(12, { assignee: ben, version: 5 })),
  });
  await screen.findByText('Ben Lindqvist');
  await desk.push('queueUpdates', { ...step('UPDATE', 12, 'test-2'), ticket: ticket(12, { version: 4 }) });
  await desk.push('queueUpdates', step('ENTER', 13, 'test-3'));
  await screen.findByText('Subject 13');
  expect(screen.getByRole('row', { name: /Ben Lindqvist/ })).toBeVisible();
});

test('the keyboard moves, selects and opens', async () => {
  const { user, router } = await renderConsole('/tickets', {
    answers: {
      Query: { ...page(ticket(12), ticket(11), ticket(10)).Query, ticket: () => ticket(11) },
    },
  });
  await screen.findByText('Subject 12');
  await user.keyboard('jj');
  await waitFor(() => expect(rows()[1]).toHaveFocus());
  await user.keyboard('x');
  expect(rows()[1]).toHaveAttribute('aria-selected', 'true');
  await user.keyboard('k');
  await waitFor(() => expect(rows()[0]).toHaveFocus());
  await user.keyboard('j{Enter}');
  await waitFor(() => expect(router.state.location.pathname).toBe('/tickets/11'));
});

test('one change is made on all that are selected, and who did not take it is told', async () => {
  const { user, desk } = await renderConsole('/tickets', {
    answers: {
      Query: page(ticket(12), ticket(11), ticket(10)).Query ?? {},
      Mutation: {
        changeTicketStatus: ({ input }: { input: { id: string } }) =>
          input.id === 'ticket_11'
            ? { ticket: ticket(11), errors: [{ code: 'ILLEGAL_TRANSITION', message: 'No.', path: 'status' }] }
            : { ticket: ticket(Number(input.id.slice(7)), { status: 'SOLVED', version: 2 }), errors: [] },
      },
    },
  });
  await screen.findByText('Subject 12');
  await user.click(screen.getByRole('checkbox', { name: 'Select ticket 12' }));
  await user.keyboard('{Shift>}');
  await user.click(screen.getByRole('checkbox', { name: 'Select ticket 11' }));
  await user.keyboard('{/Shift}');
  const bar = screen.getByRole('toolbar', { name: 'Selected tickets' });
  expect(within(bar).getByText('2 selected')).toBeVisible();
  await user.click(within(bar).getByRole('button', { name: /^Change Status/ }));
  await user.click(await screen.findByRole('option', { name: 'Solved' }));
  expect(await screen.findByText('1 ticket changed')).toBeVisible();
  expect(desk.argsOf('changeTicketStatus')).toHaveLength(2);
  expect(screen.getByRole('row', { name: /Subject 12.*Solved/ })).toBeVisible();
  await user.click(screen.getByRole('button', { name: '1 ticket did not change' }));
  await waitFor(() => expect(screen.getByText(/#11/)).toBeVisible());
  expect(screen.getByText('It cannot go to this status from where it stands.')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Try these again' }));
  await waitFor(() => expect(desk.argsOf('changeTicketStatus')).toHaveLength(3));
});

function step(kind: 'ENTER' | 'UPDATE', number: number, cursor: string) {
  return {
    kind,
    cursor,
    ticketId: `ticket_${number}`,
    ticket: ticket(number),
    totalCount: 3,
    event: { position: number },
  } as const;
}

test('a list is read once, by resting on its link', async () => {
  const { user, desk } = await renderConsole('/reports', { answers: page(ticket(12)) });
  const ofQueue = () =>
    desk
      .argsOf('tickets')
      .filter((args) => args.first === 50 && JSON.stringify(args).includes('queue_support'));
  const link = await screen.findByRole('link', { name: /Support/ });
  expect(ofQueue()).toEqual([]);
  await user.hover(link);
  await waitFor(() => expect(ofQueue()).toHaveLength(1));
  await user.click(link);
  expect(await screen.findByText('Subject 12')).toBeVisible();
  expect(ofQueue()).toHaveLength(1);
});

test('a row that came with its list follows its ticket from there', async () => {
  const { user } = await renderConsole('/tickets', {
    answers: {
      Query: {
        ...page(ticket(12), ticket(11)).Query,
        ticket: () => ticket(12, { subject: 'Subject 12, as it is now', version: 9 }),
      },
    },
  });
  // It is read whole before it is opened, which is newer than what the list says.
  await user.hover(await screen.findByText('Subject 12'));
  expect(await screen.findByText('Subject 12, as it is now')).toBeVisible();
});

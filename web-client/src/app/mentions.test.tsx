import { waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { Answers } from '@/testing/desk';
import { ada, ben, message, support, ticket, user as person } from '@/testing/records';
import { renderConsole, screen } from '@/testing/render';

const chloe = person({ id: 'user_chloe', name: 'Chloé Martin', role: 'AGENT' });
const onTicket = (part: Parameters<typeof ticket>[1] = {}, mutation: Answers['Mutation'] = {}): Answers => ({
  Query: {
    ticket: () => ticket(12, part),
    node: () => ({ ...ticket(12, part), drafts: [] }),
    queue: () => ({ ...support, assignees: [ada, ben, chloe] }),
  },
  Mutation: {
    setPresence: () => ({ errors: [] }),
    saveDraft: () => ({ draft: null, errors: [] }),
    ...mutation,
  },
});

test('a colleague is mentioned in a note by keyboard, and shown as called', async () => {
  const { user, desk } = await renderConsole('/tickets/12', {
    answers: onTicket(
      {},
      {
        addNote: ({ input }: { input: { body: string } }) => ({
          message: message(77, { kind: 'NOTE', body: input.body, author: ada, mentions: [chloe] }),
          ticket: ticket(12),
          errors: [],
        }),
      },
    ),
  });
  await screen.findByRole('textbox', { name: 'Reply' });
  await user.keyboard('n');
  const note = await screen.findByRole('textbox', { name: 'Internal note' });
  await user.type(note, 'See @');
  const offer = within(await screen.findByRole('listbox', { name: 'Mention a colleague' }));
  // Nobody calls themselves.
  expect(offer.getAllByRole('option').map((one) => one.textContent)).toEqual([
    'Ben Lindqvist',
    'Chloé Martin',
  ]);
  await user.keyboard('{ArrowDown}');
  expect(offer.getByRole('option', { name: 'Chloé Martin' })).toHaveAttribute('aria-selected', 'true');
  await user.keyboard('{Enter}');
  expect(note).toHaveValue('See @Chloé Martin ');
  expect(screen.queryByRole('listbox', { name: 'Mention a colleague' })).toBeNull();
  await user.keyboard('please{Control>}{Enter}{/Control}');
  const article = await screen.findByRole('article', { name: 'Internal note by Ada Okafor' });
  expect(within(article).getByText('@Chloé Martin')).toBeVisible();
  expect(desk.argsOf('addNote')).toEqual([
    {
      input: expect.objectContaining({
        body: 'See @Chloé Martin please',
        mentionIds: ['user_chloe'],
      }) as unknown,
    },
  ]);
});

test('escape puts the offer away and keeps the text', async () => {
  const { user } = await renderConsole('/tickets/12', { answers: onTicket() });
  await screen.findByRole('textbox', { name: 'Reply' });
  await user.keyboard('n');
  const note = await screen.findByRole('textbox', { name: 'Internal note' });
  await user.type(note, '@be');
  await screen.findByRole('option', { name: 'Ben Lindqvist' });
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('listbox', { name: 'Mention a colleague' })).toBeNull();
  expect(note).toHaveValue('@be');
  expect(note).toHaveFocus();
});

test('a reply to the requester offers nobody', async () => {
  const { user } = await renderConsole('/tickets/12', { answers: onTicket() });
  await user.type(await screen.findByRole('textbox', { name: 'Reply' }), '@b');
  expect(screen.queryByRole('listbox', { name: 'Mention a colleague' })).toBeNull();
});

test('an unread ticket says so in its list, and is read once it is open', async () => {
  const seen = { id: 'ticket_12', unread: false };
  const { user, desk, router } = await renderConsole('/tickets', {
    answers: {
      ...onTicket({ unread: true }, { markTicketSeen: () => ({ ticket: seen, errors: [] }) }),
      Query: {
        ...onTicket({ unread: true }).Query,
        tickets: () => ({
          nodes: [ticket(12, { unread: true }), ticket(11)],
          totalCount: 2,
          streamCursor: 'test-1',
          pageInfo: { hasNextPage: false, endCursor: null },
        }),
      },
    },
  });
  const row = () => screen.findByRole('row', { name: /Subject 12/ });
  expect(within(await row()).getByRole('img', { name: 'Not seen yet' })).toBeVisible();
  expect(within(screen.getByRole('row', { name: /Subject 11/ })).queryByRole('img')).toBeNull();
  await user.click(await row());
  await waitFor(() => expect(desk.argsOf('markTicketSeen')).toEqual([{ input: { id: 'ticket_12' } }]));
  // What somebody else does while it is open is seen, too.
  await desk.push('ticketUpdates', {
    cursor: 'test-3',
    resync: false,
    ticket: ticket(12, { version: 2, unread: true, assignee: ben }),
  });
  await waitFor(() => expect(desk.argsOf('markTicketSeen')).toHaveLength(2));
  await router.navigate({ to: '/tickets' });
  expect(within(await row()).queryByRole('img')).toBeNull();
});

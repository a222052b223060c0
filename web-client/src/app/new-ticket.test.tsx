import { waitFor } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Answers } from '@/testing/desk';
import { ada, ben, mia, queue, support, ticket } from '@/testing/records';
import { renderConsole, screen } from '@/testing/render';

beforeEach(() => localStorage.clear());

// Menus with all their positions are slow where nothing is laid out.
vi.setConfig({ testTimeout: 20_000 });

const query: Answers['Query'] = {
  queues: () => [
    { ...support, isDefault: true, assignees: [ada, ben] },
    queue({ id: 'queue_sales', name: 'Sales' }),
  ],
  users: ({ filter }: { filter?: { text?: string } }) => ({
    nodes: filter?.text === undefined ? [ada, ben] : [mia],
  }),
  node: ({ id }: { id: string }) => (id === mia.id ? mia : { ...ticket(31), drafts: [] }),
  ticket: () => ticket(31),
};
const created: Answers['Mutation'] = {
  createTicket: () => ({ ticket: ticket(31), errors: [], cursor: 'test-2' }),
  markTicketSeen: () => ({ ticket: { id: 'ticket_31', unread: false }, errors: [] }),
  setPresence: () => ({ errors: [] }),
};

async function write(user: Awaited<ReturnType<typeof renderConsole>>['user']) {
  await user.click(await screen.findByRole('combobox', { name: /Requester/ }));
  await user.paste('mia');
  await user.click(await screen.findByRole('option', { name: 'Mia Sander (mia@mail.example)' }));
  await user.click(screen.getByLabelText('Subject'));
  await user.paste('Printer is on fire');
  await user.click(screen.getByLabelText('Message'));
  await user.paste('There is smoke.');
}

test('a ticket is created as it was written, and opened', async () => {
  const { user, desk, router } = await renderConsole('/tickets', {
    answers: { Query: query, Mutation: created },
  });
  await screen.findByRole('link', { name: 'New ticket' });
  await user.keyboard('n');
  await write(user);
  await user.selectOptions(screen.getByLabelText('Priority'), 'High');
  await user.selectOptions(screen.getByLabelText('Assignee'), 'Ben Lindqvist');
  await user.type(screen.getByRole('combobox', { name: 'Tags' }), 'fire{Enter}');
  await user.click(screen.getByRole('button', { name: 'Create ticket' }));
  expect(await screen.findByRole('heading', { name: 'Subject 31' })).toBeVisible();
  expect(router.state.location.pathname).toBe('/tickets/31');
  expect(desk.argsOf('createTicket')).toEqual([
    {
      input: expect.objectContaining({
        requesterId: 'user_mia',
        subject: 'Printer is on fire',
        body: 'There is smoke.',
        queueId: 'queue_support',
        priority: 'HIGH',
        assigneeId: 'user_ben',
        tags: ['fire'],
      }) as unknown,
    },
  ]);
  expect(Object.keys(localStorage).filter((key) => key.includes('new-ticket'))).toEqual([]);
});

test('an address the desk does not know becomes a new customer', async () => {
  const { user, desk } = await renderConsole('/tickets/new', {
    answers: { Query: { ...query, users: () => ({ nodes: [] }) }, Mutation: created },
  });
  await user.click(await screen.findByRole('combobox', { name: /Requester/ }));
  await user.paste('new@mail.example');
  await user.click(await screen.findByRole('option', { name: 'New customer new@mail.example' }));
  await user.type(screen.getByLabelText('Name of the new customer'), 'Nils Ek');
  await user.type(screen.getByLabelText('Subject'), 'Hello');
  await user.type(screen.getByLabelText('Message'), 'A question{Control>}{Enter}{/Control}');
  await waitFor(() => expect(desk.argsOf('createTicket')).toHaveLength(1));
  expect(desk.argsOf('createTicket')[0]?.input).toMatchObject({
    requesterEmail: 'new@mail.example',
    requesterName: 'Nils Ek',
    queueId: 'queue_support',
  });
});

test('what the desk refuses is said at its field, and everything typed stays, elsewhere and back', async () => {
  const { user, desk, router } = await renderConsole('/tickets/new', {
    answers: {
      Query: query,
      Mutation: {
        createTicket: () => ({
          ticket: null,
          errors: [
            { code: 'INVALID', message: 'subject must be one line', path: 'subject' },
            { code: 'INVALID', message: 'assignee is no member', path: 'assigneeId' },
          ],
        }),
      },
    },
  });
  await write(user);
  await user.click(screen.getByRole('button', { name: 'Create ticket' }));
  expect(await screen.findByLabelText('Subject')).toHaveAccessibleDescription(/must be one line/);
  expect(screen.getByLabelText('Assignee')).toHaveAccessibleDescription('assignee is no member');
  await router.navigate({ to: '/tickets' });
  await screen.findByText('No tickets here');
  await router.navigate({ to: '/tickets/new' });
  expect(await screen.findByLabelText('Message')).toHaveValue('There is smoke.');
  expect(screen.getByLabelText('Subject')).toHaveValue('Printer is on fire');
  await waitFor(() =>
    expect(screen.getByRole('combobox', { name: /Requester/ })).toHaveValue('Mia Sander (mia@mail.example)'),
  );
  // The same text once more is the same ticket.
  await user.click(screen.getByRole('button', { name: 'Create ticket' }));
  await waitFor(() => expect(desk.argsOf('createTicket')).toHaveLength(2));
  const keys = desk
    .argsOf('createTicket')
    .map(({ input }) => (input as { idempotencyKey: string }).idempotencyKey);
  expect(keys[0]).toBe(keys[1]);
  await user.click(screen.getByRole('button', { name: 'Clear' }));
  expect(screen.getByLabelText('Subject')).toHaveValue('');
});

test('what is missing is said before anything is sent', async () => {
  const { user, desk } = await renderConsole('/tickets/new', {
    answers: { Query: query, Mutation: created },
  });
  await user.click(await screen.findByRole('button', { name: 'Create ticket' }));
  expect(screen.getByRole('combobox', { name: /Requester/ })).toHaveAccessibleDescription(
    /Choose who needs help/,
  );
  expect(screen.getByLabelText('Message')).toHaveAccessibleDescription(/Write what happened/);
  expect(desk.argsOf('createTicket')).toEqual([]);
});

test('whoever may only read is not offered it, and told why at its address', async () => {
  const readOnly = { ...query, queues: () => [queue({ id: 'queue_x', viewerRight: 'READ' })] };
  await renderConsole('/tickets/new', { answers: { Query: readOnly } });
  expect(await screen.findByText('You cannot create tickets')).toBeVisible();
  expect(screen.queryByRole('link', { name: 'New ticket' })).toBeNull();
});

import { waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';
import { fail, type Answers } from '@/testing/desk';
import { ada, message, mia, ticket } from '@/testing/records';
import { renderConsole, screen } from '@/testing/render';

const connection = (...nodes: ReturnType<typeof ticket>[]) => ({
  nodes,
  totalCount: nodes.length,
  streamCursor: 'test-1',
  pageInfo: { hasNextPage: false, endCursor: null },
});

/** What the desk tells a customer. */
const asMia = (query: NonNullable<Answers['Query']> = {}, mutation: Answers['Mutation'] = {}) => ({
  viewer: mia,
  answers: {
    Query: {
      tickets: () => connection(ticket(12), ticket(11, { status: 'SOLVED', unread: true })),
      ...query,
    },
    Mutation: {
      markTicketSeen: () => ({ ticket: { id: 'ticket_12', unread: false }, errors: [] }),
      ...mutation,
    },
  },
});

const onTicket = (part: Parameters<typeof ticket>[1] = {}) => ({
  ticket: () => ticket(12, part),
  node: () => ({ ...ticket(12), drafts: [] }),
});

test.each(['/', '/tickets', '/views/mine', '/portal'])(
  'a customer who comes to %s sees their requests and nothing of the staff',
  async (path) => {
    const { desk } = await renderConsole(path, asMia());
    expect(await screen.findByRole('heading', { name: 'Your requests' })).toBeVisible();
    expect(await screen.findByRole('link', { name: /Subject 12.*We are on it/ })).toHaveAttribute(
      'href',
      '/portal/tickets/12',
    );
    expect(screen.getByRole('link', { name: /Subject 11New answer.*Solved/ })).toBeVisible();
    expect(screen.queryByRole('navigation')).toBeNull();
    expect(desk.asked.map((one) => one.field)).not.toContain('queues');
  },
);

test('a link to a ticket leads a customer to the same one in the portal', async () => {
  const { router } = await renderConsole('/tickets/12', asMia(onTicket()));
  expect(await screen.findByRole('heading', { name: 'Subject 12' })).toBeVisible();
  expect(router.state.location.pathname).toBe('/portal/tickets/12');
});

test('staff who open the portal learn what it is for', async () => {
  await renderConsole('/portal', { viewer: ada });
  expect(await screen.findByText('This page is for customers')).toBeVisible();
  expect(screen.getByText(/\/portal\. You work/)).toBeVisible();
  expect(screen.getByRole('link', { name: 'Go to the console' })).toHaveAttribute('href', '/tickets');
});

test('without requests, the list says how to make one', async () => {
  await renderConsole('/portal', asMia({ tickets: () => connection() }));
  expect(await screen.findByText('You have no requests yet')).toBeVisible();
  expect(screen.getByRole('link', { name: 'New request' })).toHaveAttribute('href', '/portal/new');
});

test('a request is sent as it was written, and shown', async () => {
  const { user, desk } = await renderConsole(
    '/portal/new',
    asMia(onTicket(), { createTicket: () => ({ ticket: ticket(12), errors: [], cursor: 'test-2' }) }),
  );
  await user.type(await screen.findByLabelText('What is it about?'), 'Parcel is late');
  await user.type(screen.getByLabelText('What happened?'), 'It should be here.');
  await user.click(screen.getByRole('button', { name: 'Send request' }));
  expect(await screen.findByRole('heading', { name: 'Subject 12' })).toBeVisible();
  expect(desk.argsOf('createTicket')).toEqual([
    {
      input: expect.objectContaining({ subject: 'Parcel is late', body: 'It should be here.' }) as unknown,
    },
  ]);
});

test('a request that is refused stays, with the reason at its field', async () => {
  const refusal = { code: 'INVALID' as const, message: 'At most 255 characters.', path: 'subject' };
  const { user, desk } = await renderConsole(
    '/portal/new',
    asMia({}, { createTicket: () => ({ ticket: null, errors: [refusal], cursor: null }) }),
  );
  await user.click(await screen.findByRole('button', { name: 'Send request' }));
  expect(screen.getByLabelText('What happened?')).toHaveAccessibleDescription(/Please tell us what happened/);
  expect(desk.argsOf('createTicket')).toEqual([]);
  await user.type(screen.getByLabelText('What is it about?'), 'Too long');
  await user.type(screen.getByLabelText('What happened?'), 'Much');
  await user.click(screen.getByRole('button', { name: 'Send request' }));
  await waitFor(() =>
    expect(screen.getByLabelText('What is it about?')).toHaveAccessibleDescription(/At most 255/),
  );
  expect(screen.getByLabelText('What happened?')).toHaveValue('Much');
});

test('answers appear by themselves, and count as seen', async () => {
  const { desk } = await renderConsole('/portal/tickets/12', asMia(onTicket()));
  expect(await screen.findByText('Message 12')).toBeVisible();
  await desk.push('ticketUpdates', {
    cursor: 'test-9',
    resync: false,
    ticket: ticket(12, { status: 'PENDING', version: 2 }),
    message: message(77, { body: 'It is on its way', author: ada }),
  });
  expect(await screen.findByText('It is on its way')).toBeVisible();
  expect(screen.getByRole('article', { name: 'Message by Ada Okafor' })).toBeVisible();
  expect(screen.getByText('Waiting for you')).toBeVisible();
  expect(desk.argsOf('markTicketSeen')).toContainEqual({ input: { id: 'ticket_12', upTo: 'test-9' } });
});

test('a reply is sent, and stays in its field when it cannot be', async () => {
  const { user, desk } = await renderConsole(
    '/portal/tickets/12',
    asMia(onTicket(), { addReply: () => fail('SERVICE_UNAVAILABLE') }),
  );
  await user.type(await screen.findByRole('textbox', { name: 'Your answer' }), 'Thank you');
  await user.click(screen.getByRole('button', { name: 'Send' }));
  expect(await screen.findByText(/cannot reach its database/)).toBeVisible();
  expect(screen.getByRole('textbox', { name: 'Your answer' })).toHaveValue('Thank you');
  desk.answer({
    Mutation: {
      addReply: () => ({
        message: message(78, { body: 'Thank you', author: mia }),
        ticket: ticket(12, { version: 2 }),
        errors: [],
      }),
    },
  });
  await user.click(screen.getByRole('button', { name: 'Send' }));
  expect(await screen.findByText('Thank you', { selector: 'article *' })).toBeVisible();
  expect(screen.getByRole('textbox', { name: 'Your answer' })).toHaveValue('');
});

test('a closed request offers a new one in place of an answer', async () => {
  await renderConsole('/portal/tickets/12', asMia(onTicket({ status: 'CLOSED' })));
  expect(await screen.findByText(/takes no more messages/)).toBeVisible();
  expect(screen.queryByRole('textbox')).toBeNull();
  expect(screen.queryByRole('button', { name: 'This is solved' })).toBeNull();
});

test('a customer says that it is solved', async () => {
  const { user, desk } = await renderConsole(
    '/portal/tickets/12',
    asMia(onTicket(), {
      changeTicketStatus: () => ({ ticket: ticket(12, { status: 'SOLVED', version: 2 }), errors: [] }),
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'This is solved' }));
  expect(await screen.findByText(/If you write again/)).toBeVisible();
  expect(desk.argsOf('changeTicketStatus')).toEqual([{ input: { id: 'ticket_12', status: 'SOLVED' } }]);
});

test('a request that is not there says so', async () => {
  await renderConsole('/portal/tickets/99', asMia({ ticket: () => null }));
  expect(await screen.findByText('There is no such request')).toBeVisible();
});

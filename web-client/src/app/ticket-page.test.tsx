import { waitFor, within } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import type { Ticket } from '@/graphql/generated/schema';
import { fail, type Answers, type Part } from '@/testing/desk';
import { ada, ben, message, mia, queue, suggestion, ticket } from '@/testing/records';
import { renderConsole, screen } from '@/testing/render';

async function open(part: Part<Ticket> = {}, more: Answers = {}) {
  const shown = ticket(12, part);
  const rendered = await renderConsole('/tickets/12', {
    answers: { Query: { ticket: () => shown, ...more.Query }, Mutation: more.Mutation ?? {} },
  });
  await screen.findByRole('heading', { name: shown.subject ?? '' });
  return rendered;
}

const composer = () => screen.getByRole('textbox', { name: 'Reply' });
const property = (name: string) => screen.getByRole('button', { name: new RegExp(`^Change ${name}`) });

test('a ticket shows what was said, done and asked', async () => {
  await open({
    subject: 'Bell rings',
    messages: {
      nodes: [
        message(2, { kind: 'NOTE', body: 'Known fault', author: ben, createdAt: '2026-11-28T08:05:00Z' }),
        message(1, { body: 'It rings by itself', author: mia }),
      ],
    },
    history: [
      {
        position: 7,
        kind: 'TICKET_CHANGED',
        occurredAt: '2026-11-28T08:10:00Z',
        actor: ben,
        changes: [{ field: 'priority', from: 'normal', to: 'high' }],
      },
    ],
  });
  const conversation = screen.getByRole('list', { name: 'Conversation' });
  expect(
    within(conversation)
      .getAllByRole('listitem')
      .map((item) => item.textContent),
  ).toEqual([
    expect.stringContaining('It rings by itself'),
    expect.stringContaining('Known fault'),
    expect.stringContaining('Ben Lindqvist changed the priority from Normal to High'),
  ]);
  expect(screen.getByRole('article', { name: 'Internal note by Ben Lindqvist' })).toBeVisible();
});

test('of a long conversation the end is there, earlier parts come when asked for, and a failure can be tried again', async () => {
  const change = (position: number, from: string, to: string) => ({
    position,
    kind: 'TICKET_CHANGED' as const,
    occurredAt: new Date(Date.UTC(2026, 10, 28, 8, 0, position)).toISOString(),
    actor: ben,
    changes: [{ field: 'priority', from, to }],
  });
  const many = Array.from({ length: 100 }, (_, at) => change(300 - at, 'normal', 'high'));
  const { user, desk, graph } = await open(
    {
      messages: { nodes: [message(2)], pageInfo: { hasNextPage: true, endCursor: 'from-2' } },
      history: many,
    },
    { Query: { node: () => fail('SERVICE_UNAVAILABLE') } },
  );
  const items = () => within(screen.getByRole('list', { name: 'Conversation' })).getAllByRole('listitem');
  await user.click(screen.getByRole('button', { name: 'Show earlier' }));
  expect(await screen.findByText(/cannot reach its database/)).toBeVisible();
  desk.answer({
    Query: {
      node: () =>
        ticket(12, {
          messages: {
            nodes: [message(2), message(1, { createdAt: '2026-11-27T08:00:00Z' })],
            pageInfo: { hasNextPage: false, endCursor: 'from-1' },
          },
          history: [change(200, 'low', 'normal')],
        }),
    },
  });
  const asked = vi.spyOn(graph.client, 'query');
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('Message 1')).toBeVisible();
  expect(screen.getAllByText('Message 2')).toHaveLength(1);
  const texts = items().map((item) => item.textContent);
  expect(texts.slice(0, 3)).toEqual([
    expect.stringContaining('Message 1'),
    expect.stringContaining('Message 2'),
    expect.stringContaining('from Low to Normal'),
  ]);
  expect(screen.queryByRole('button', { name: 'Show earlier' })).toBeNull();
  expect(asked).toHaveBeenLastCalledWith(expect.anything(), {
    id: 'ticket_12',
    after: 'from-2',
    before: 201,
  });
  // What happens now comes to the end, however long it is.
  await desk.push('ticketUpdates', { cursor: 'test-9', event: change(301, 'high', 'urgent') });
  await waitFor(() => expect(items().at(-1)).toHaveTextContent('from High to Urgent'));
});

test('a reply is sent once, appears, and leaves the field empty', async () => {
  const { user, desk } = await open(
    {},
    {
      Mutation: {
        addReply: ({ input }: { input: { body: string } }) => ({
          message: message(99, { body: input.body, author: ada }),
          ticket: ticket(12, { version: 2 }),
          errors: [],
        }),
      },
    },
  );
  await user.type(composer(), 'Have you tried turning it off?');
  await user.keyboard('{Control>}{Enter}{/Control}');
  expect(await screen.findByText('Have you tried turning it off?', { selector: 'article *' })).toBeVisible();
  expect(composer()).toHaveValue('');
  const [sent] = desk.argsOf('addReply');
  expect(sent).toMatchObject({
    input: { ticketId: 'ticket_12', idempotencyKey: expect.any(String) as unknown },
  });
  // The stream tells of it, too; it is the same message.
  await desk.push('ticketUpdates', {
    cursor: 'test-5',
    resync: false,
    message: message(99, { body: 'Have you tried turning it off?', author: ada }),
  });
  expect(screen.getAllByText('Have you tried turning it off?', { selector: 'article *' })).toHaveLength(1);
});

test('a reply that could not be sent stays, says why, and keeps its key', async () => {
  const { user, desk } = await open({}, { Mutation: { addReply: () => fail('SERVICE_UNAVAILABLE') } });
  await user.type(composer(), 'Hello');
  await user.click(screen.getByRole('button', { name: 'Send' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('cannot reach its database');
  expect(composer()).toHaveValue('Hello');
  await user.click(screen.getByRole('button', { name: 'Send' }));
  await waitFor(() => expect(desk.argsOf('addReply')).toHaveLength(2));
  const keys = desk
    .argsOf('addReply')
    .map((args) => (args.input as { idempotencyKey: string }).idempotencyKey);
  expect(new Set(keys).size).toBe(1);
});

test('what others write appears, and a message being written stays', async () => {
  const { user, desk } = await open();
  await user.type(composer(), 'I am just');
  await desk.push('ticketUpdates', {
    cursor: 'test-4',
    resync: false,
    ticket: ticket(12, { status: 'PENDING', version: 2 }),
    event: { position: 4, kind: 'MESSAGE_REPLIED' },
    message: message(50, { body: 'One more thing', author: mia }),
  });
  expect(await screen.findByText('One more thing')).toBeVisible();
  expect(property('Status')).toHaveTextContent('Pending');
  expect(composer()).toHaveValue('I am just');
});

test('a message begun is still there after looking at another page', async () => {
  const { user, router } = await open();
  await user.type(composer(), 'Half a sentence');
  await router.navigate({ to: '/tickets' });
  await screen.findByText('No tickets here');
  await router.navigate({ to: '/tickets/$number', params: { number: '12' } });
  await waitFor(() => expect(composer()).toHaveValue('Half a sentence'));
});

/** A draft as the desk answers it. */
const draft = (body: string, version: number) => ({
  __typename: 'Draft' as const,
  id: 'draft_1',
  kind: 'REPLY' as const,
  body,
  version,
  updatedAt: '2026-11-28T08:00:00Z',
});
const withDrafts = (...drafts: ReturnType<typeof draft>[]) => ({
  node: () => ({ __typename: 'Ticket' as const, id: 'ticket_12', drafts }),
});

test('a message begun on another device is here, and the desk is told what becomes of it', async () => {
  const { user, desk } = await open(
    {},
    {
      Query: withDrafts(draft('Half a', 3)),
      Mutation: {
        saveDraft: ({ input }: { input: { body: string } }) => ({ draft: draft(input.body, 4), errors: [] }),
        discardDraft: () => ({ draft: null, errors: [] }),
      },
    },
  );
  await waitFor(() => expect(composer()).toHaveValue('Half a'));
  await user.type(composer(), ' sentence');
  await waitFor(() => expect(desk.argsOf('saveDraft')).toHaveLength(1), { timeout: 3000 });
  expect(desk.argsOf('saveDraft')).toEqual([
    {
      input: {
        ticketId: 'ticket_12',
        kind: 'REPLY',
        body: 'Half a sentence',
        expectedVersion: 3,
        subject: '',
      },
    },
  ]);
  await user.clear(composer());
  await waitFor(() => expect(desk.argsOf('discardDraft')).toHaveLength(1), { timeout: 3000 });
  expect(desk.argsOf('discardDraft')).toEqual([
    { input: { ticketId: 'ticket_12', kind: 'REPLY', expectedVersion: 4 } },
  ]);
});

test('what another device wrote meanwhile is not written over, and the writer chooses', async () => {
  const { user, desk } = await open(
    {},
    {
      Query: withDrafts(draft('One', 1)),
      Mutation: {
        saveDraft: ({ input }: { input: { body: string; expectedVersion: number } }) =>
          input.expectedVersion === 2
            ? { draft: draft(input.body, 3), errors: [] }
            : {
                draft: draft('Other', 2),
                errors: [{ code: 'CONFLICT', message: 'Stale.', path: 'expectedVersion' }],
              },
      },
    },
  );
  await waitFor(() => expect(composer()).toHaveValue('One'));
  await user.type(composer(), ' two');
  const alert = await screen.findByRole('alert', {}, { timeout: 3000 });
  expect(alert).toHaveTextContent('on another device');
  expect(composer()).toHaveValue('One two');
  await user.click(screen.getByRole('button', { name: 'Keep this text' }));
  await waitFor(() => expect(desk.argsOf('saveDraft')).toHaveLength(2), { timeout: 3000 });
  expect(desk.argsOf('saveDraft')[1]).toMatchObject({ input: { body: 'One two', expectedVersion: 2 } });
  expect(screen.queryByRole('alert')).toBeNull();
});

test('a property changes at once, and back when the desk refuses', async () => {
  let answerWith: (payload: object) => void = () => undefined;
  const { user, desk } = await open(
    {},
    { Mutation: { changeTicketStatus: () => new Promise<object>((resolve) => (answerWith = resolve)) } },
  );
  await user.click(property('Status'));
  await user.click(await screen.findByRole('option', { name: 'Solved' }));
  await waitFor(() => expect(property('Status')).toHaveTextContent('Solved'));
  expect(desk.argsOf('changeTicketStatus')).toEqual([
    { input: { id: 'ticket_12', expectedVersion: 1, status: 'SOLVED' } },
  ]);
  answerWith({
    ticket: ticket(12),
    errors: [{ code: 'ILLEGAL_TRANSITION', message: 'No.', path: 'status' }],
  });
  expect(await screen.findByText('It cannot go to this status from where it stands.')).toBeVisible();
  expect(property('Status')).toHaveTextContent('Open');
});

test('a stale change shows what was changed and by whom, and can be made all the same', async () => {
  const current = ticket(12, { status: 'PENDING', assignee: ben, version: 4 });
  const { user, desk } = await open(
    {},
    {
      Mutation: {
        changeTicketPriority: ({ input }: { input: { expectedVersion: number } }) =>
          input.expectedVersion === 4
            ? { ticket: { ...current, priority: 'HIGH', version: 5 }, errors: [] }
            : {
                ticket: current,
                errors: [
                  {
                    code: 'CONFLICT',
                    message: 'Stale.',
                    path: 'expectedVersion',
                    changedBy: ben,
                    changedAt: '2026-11-28T08:59:00Z',
                  },
                ],
              },
      },
    },
  );
  await user.click(property('Priority'));
  await user.click(await screen.findByRole('option', { name: 'High' }));
  const dialog = await screen.findByRole('dialog', { name: 'Somebody was quicker' });
  expect(dialog).toHaveTextContent('Ben Lindqvist changed this ticket');
  expect(within(dialog).getByRole('row', { name: 'Status Open Pending' })).toBeVisible();
  expect(within(dialog).getByRole('row', { name: 'Assignee Nobody Ben Lindqvist' })).toBeVisible();
  expect(property('Priority')).toHaveTextContent('Normal');
  await user.click(within(dialog).getByRole('button', { name: 'Make my change' }));
  await waitFor(() => expect(property('Priority')).toHaveTextContent('High'));
  expect(
    desk
      .argsOf('changeTicketPriority')
      .map((args) => (args.input as { expectedVersion: number }).expectedVersion),
  ).toEqual([1, 4]);
});

test('who claims second is told who was first', async () => {
  const { user } = await open(
    {},
    {
      Mutation: {
        claimTicket: () => ({
          ticket: ticket(12, { assignee: ben, version: 2 }),
          errors: [{ code: 'ALREADY_CLAIMED', message: 'Taken.', path: 'id', changedBy: ben }],
        }),
      },
    },
  );
  await user.keyboard('c');
  expect(await screen.findByText('Ben Lindqvist was quicker and has claimed this ticket.')).toBeVisible();
  expect(property('Assignee')).toHaveTextContent('Ben Lindqvist');
});

test('a suggestion shows its reasons in the message and is accepted by a key', async () => {
  const one = suggestion({
    decidingWords: [
      { text: 'invoice', share: 0.6, part: 'MESSAGE', messageId: 'message_1', start: 8, end: 15 },
    ],
  });
  const { user, desk } = await open(
    { messages: { nodes: [message(1, { body: '🚲 Where invoice?' })] }, suggestions: [one] },
    {
      Mutation: {
        acceptSuggestion: () => ({
          suggestion: { ...one, state: 'ACCEPTED', decidedBy: ada },
          ticket: ticket(12, { category: { id: 'category_billing', name: 'Billing' }, version: 2 }),
          errors: [],
        }),
      },
    },
  );
  const article = screen.getByRole('article');
  expect(within(article).getByText('invoice')).toHaveAttribute('title', 'Speaks for “Billing”: 60%');
  await user.keyboard('a');
  expect(await screen.findByText('Accepted · Ada Okafor')).toBeVisible();
  expect(desk.argsOf('acceptSuggestion')).toEqual([{ input: { id: 'suggestion_1' } }]);
  expect(property('Category')).toHaveTextContent('Billing');
  expect(within(article).queryByTitle(/Speaks for/)).toBeNull();
});

test('a model that is not sure says so, and marks nothing', async () => {
  await open({
    messages: { nodes: [message(1, { body: 'invoice' })] },
    suggestions: [
      suggestion({
        abstained: true,
        probability: 0.3,
        decidingWords: [
          { text: 'invoice', share: 1, part: 'MESSAGE', messageId: 'message_1', start: 0, end: 7 },
        ],
      }),
    ],
  });
  expect(screen.getByText('Not sure')).toBeVisible();
  expect(screen.getByText(/not sure enough to advise/)).toBeVisible();
  expect(within(screen.getByRole('article')).queryByTitle(/Speaks for/)).toBeNull();
});

test('who may only read is offered nothing to write or change', async () => {
  const { user, desk } = await open({
    queue: queue({ id: 'queue_archive', name: 'Archive', viewerRight: 'READ' }),
  });
  expect(screen.getByText('You may read this queue, and not write in it.')).toBeVisible();
  expect(screen.queryByRole('textbox', { name: 'Reply' })).toBeNull();
  expect(property('Status')).toBeDisabled();
  await user.keyboard('cia');
  expect(
    desk.asked.filter((one) => ['claimTicket', 'assignTicket', 'acceptSuggestion'].includes(one.field)),
  ).toEqual([]);
});

test('a ticket that is not there says what to do', async () => {
  const { user, router } = await renderConsole('/tickets/999', {
    answers: { Query: { ticket: () => null } },
  });
  expect(await screen.findByText('There is no ticket 999')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Go to the tickets' }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/tickets'));
});

test('a ticket that cannot be read can be tried again', async () => {
  const { user, desk } = await renderConsole('/tickets/12', {
    answers: { Query: { ticket: () => fail('TIMEOUT') } },
  });
  const again = await screen.findByRole('button', { name: 'Try again' });
  desk.answer({ Query: { ticket: () => ticket(12) } });
  await user.click(again);
  expect(await screen.findByRole('heading', { name: 'Subject 12' })).toBeVisible();
});

test('who else is here shows, and who is writing', async () => {
  const { desk } = await open();
  await waitFor(() => expect(desk.subscribers('presenceUpdates')).toBe(1));
  await desk.push('presenceUpdates', [
    { user: ben, activity: 'TYPING', clientIds: ['another'] },
    { user: mia, activity: 'VIEWING', clientIds: ['a third'] },
  ]);
  expect(await screen.findByText('Ben Lindqvist is writing')).toBeVisible();
  expect(screen.getByText('Mia Sander is looking at this ticket')).toBeInTheDocument();
});

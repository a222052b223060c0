import { waitFor, within } from '@testing-library/react';
import './pages/admin-page';
import { expect, test } from 'vitest';
import type { Answers } from '@/testing/desk';
import { ada, ben, support, user } from '@/testing/records';
import { renderConsole, screen, type Rendered } from '@/testing/render';

const root = user({ id: 'user_root', name: 'Rut Adler', email: 'rut@desk.example', role: 'ADMIN' });
const lea = user({ id: 'user_lea', name: 'Lea Brandt', email: 'lea@desk.example', role: 'LEAD' });
const page = { hasNextPage: false, endCursor: null };
const taken = (path: string) => [{ code: 'INVALID' as const, message: `${path} is not good`, path }];

const open = (section: string, answers: Answers = {}, viewer = root) =>
  renderConsole(`/admin/${section}`, { viewer, answers });

/** Opens the menu of a row and chooses what to do. */
async function choose({ user: person }: Rendered, row: string, action: string): Promise<void> {
  await person.click(await screen.findByRole('button', { name: `Actions of ${row}` }));
  await person.click(await screen.findByRole('menuitem', { name: action }));
}

const dialog = async (name: string | RegExp) => within(await screen.findByRole('dialog', { name }));

test('agents see only what is theirs, customers’ records and the rest are closed', async () => {
  await open('users', {}, ada);
  expect(await screen.findByText('There is nothing here for you')).toBeVisible();
  const nav = within(screen.getByRole('navigation', { name: 'Administration' }));
  expect(nav.getAllByRole('link').map((link) => link.textContent)).toEqual(['API tokens']);
  expect(screen.queryByRole('link', { name: 'Administration' })).toBeNull();
});

test('leads see organisations, and queues and replies where they manage one', async () => {
  await open('users', { Query: { queues: () => [{ ...support, viewerRight: 'MANAGE' }] } }, lea);
  const nav = within(await screen.findByRole('navigation', { name: 'Administration' }));
  expect(nav.getAllByRole('link').map((link) => link.textContent)).toEqual([
    'Organisations',
    'Queues',
    'Canned replies',
    'API tokens',
  ]);
});

test('an admin creates a user; what is wrong stands at its field, and nothing typed is lost', async () => {
  const rendered = await open('users', {
    Query: { users: () => ({ nodes: [root, ben], pageInfo: page }), organisations: () => ({ nodes: [] }) },
    Mutation: { createUser: () => ({ user: null, errors: taken('email') }) },
  });
  const { user: person, desk } = rendered;
  await screen.findByRole('cell', { name: /Ben Lindqvist/ });
  await person.click(screen.getByRole('button', { name: 'Create user' }));
  const form = await dialog('New user');
  await person.type(form.getByRole('textbox', { name: 'Name' }), 'Noor Haddad');
  await person.type(form.getByRole('textbox', { name: 'E-mail address' }), 'ben@desk.example');
  await person.selectOptions(form.getByRole('combobox', { name: 'Role' }), 'Lead');
  await person.click(form.getByRole('button', { name: 'Create user' }));
  expect(await form.findByText('email is not good')).toBeVisible();
  expect(form.getByRole('textbox', { name: 'E-mail address' })).toBeInvalid();
  expect(form.getByRole('textbox', { name: 'Name' })).toHaveValue('Noor Haddad');

  const noor = user({ id: 'user_noor', name: 'Noor Haddad', email: 'noor@desk.example', role: 'LEAD' });
  desk.answer({
    Query: { users: () => ({ nodes: [root, ben, noor], pageInfo: page }) },
    Mutation: { createUser: () => ({ user: noor, errors: [] }) },
  });
  await person.click(form.getByRole('button', { name: 'Create user' }));
  expect(await screen.findByRole('cell', { name: /Noor Haddad/ })).toBeVisible();
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(desk.argsOf('createUser')[0]).toEqual({
    input: { name: 'Noor Haddad', email: 'ben@desk.example', role: 'LEAD' },
  });
});

test('only what was changed of a user is sent, and disabling asks first', async () => {
  const rendered = await open('users', {
    Query: { users: () => ({ nodes: [root, ben], pageInfo: page }), organisations: () => ({ nodes: [] }) },
    Mutation: {
      updateUser: ({ input }: { input: { name?: string; active?: boolean } }) => ({
        user: { ...ben, ...input },
        errors: [],
      }),
    },
  });
  const { user: person, desk } = rendered;
  await choose(rendered, 'Ben Lindqvist', 'Edit');
  const form = await dialog('Edit Ben Lindqvist');
  await person.type(form.getByRole('textbox', { name: 'Name' }), ' Jr.');
  await person.click(form.getByRole('button', { name: 'Save' }));
  expect(await screen.findByRole('cell', { name: /Ben Lindqvist Jr\./ })).toBeVisible();
  expect(desk.argsOf('updateUser')).toEqual([{ input: { id: 'user_ben', name: 'Ben Lindqvist Jr.' } }]);

  await choose(rendered, 'Ben Lindqvist Jr.', 'Disable');
  await person.click((await dialog(/Disable Ben/)).getByRole('button', { name: 'Disable' }));
  await waitFor(() =>
    expect(desk.argsOf('updateUser')[1]).toEqual({ input: { id: 'user_ben', active: false } }),
  );
  await person.click(screen.getByRole('button', { name: 'Actions of Rut Adler' }));
  await screen.findByRole('menuitem', { name: 'Edit' });
  expect(screen.queryByRole('menuitem', { name: 'Disable' })).toBeNull();
});

test('users are searched in the address, and a long list goes on', async () => {
  const {
    user: person,
    desk,
    router,
  } = await open('users', {
    Query: {
      users: ({ after }: { after: string | null }) =>
        after === 'c1'
          ? { nodes: [ben], pageInfo: page }
          : { nodes: [root], pageInfo: { hasNextPage: true, endCursor: 'c1' } },
    },
  });
  await person.click(await screen.findByRole('button', { name: 'Load more' }));
  expect(await screen.findByRole('cell', { name: /Ben Lindqvist/ })).toBeVisible();
  expect(screen.getByRole('cell', { name: /Rut Adler/ })).toBeVisible();
  await person.type(screen.getByRole('textbox', { name: 'Name or address begins with' }), 'ru');
  await waitFor(() => expect(router.state.location.search).toEqual({ q: 'ru' }));
  await waitFor(() =>
    expect(desk.argsOf('users').at(-1)).toMatchObject({ filter: { startsWith: 'ru' }, after: null }),
  );
});

test('a token’s secret is shown once, to be copied, and it is revoked only when that is confirmed', async () => {
  let tokens: Record<string, unknown>[] = [];
  const token = { id: 'token_1', name: 'Nightly export', scopes: ['TICKETS_READ' as const], revokedAt: null };
  const rendered = await open('tokens', {
    Query: { viewer: () => ({ user: root, expiresAt: null, tokens }) },
    Mutation: { createToken: () => ({ token: null, errors: taken('name') }) },
  });
  const { user: person, desk } = rendered;
  expect(await screen.findByText('No tokens yet')).toBeVisible();
  await person.click(screen.getByRole('button', { name: 'Create token' }));
  const form = await dialog('Create token');
  await person.click(form.getByRole('button', { name: 'Create token' }));
  expect(await form.findByText('name is not good')).toBeVisible();
  tokens = [token];
  desk.answer({ Mutation: { createToken: () => ({ token, secret: 'dw_secret', errors: [] }) } });
  await person.type(form.getByRole('textbox', { name: 'Name' }), 'Nightly export');
  await person.click(form.getByRole('checkbox', { name: 'Read users' }));
  await person.click(form.getByRole('button', { name: 'Create token' }));
  const shown = await dialog('The secret of Nightly export');
  expect(shown.getByRole('textbox', { name: 'Secret' })).toHaveValue('dw_secret');
  expect(shown.getByRole('button', { name: 'Copy' })).toBeVisible();
  await person.click(shown.getByRole('button', { name: 'I have kept it' }));
  expect(desk.argsOf('createToken').at(-1)).toEqual({
    input: { name: 'Nightly export', scopes: ['TICKETS_READ', 'USERS_READ'] },
  });
  expect(screen.queryByDisplayValue('dw_secret')).toBeNull();

  desk.answer({
    Mutation: {
      revokeToken: () => ({ token: { ...token, revokedAt: '2026-11-28T10:00:00Z' }, errors: [] }),
    },
  });
  await choose(rendered, 'Nightly export', 'Revoke');
  expect(desk.argsOf('revokeToken')).toHaveLength(0);
  await person.click((await dialog(/Revoke Nightly/)).getByRole('button', { name: 'Revoke' }));
  expect(await screen.findByRole('cell', { name: 'Revoked' })).toBeVisible();
});

test('members of a queue get and lose rights', async () => {
  let members: { user: typeof ada; right: 'READ' | 'REPLY' | 'MANAGE' }[] = [{ user: ada, right: 'REPLY' }];
  const queue = () => ({ ...support, members, autoApply: [] });
  const rendered = await open('queues', {
    Query: { queues: () => [queue()], users: () => ({ nodes: [ada, ben] }) },
    Mutation: {
      setQueueMembership: ({ input }: { input: { userId: string; right: 'READ' | null } }) => {
        members = members.filter(({ user: one }) => one.id !== input.userId);
        if (input.right) members.push({ user: input.userId === ben.id ? ben : ada, right: input.right });
        return { queue: queue(), errors: [] };
      },
    },
  });
  const { user: person, desk } = rendered;
  await choose(rendered, 'Support', 'Members');
  const form = await dialog('Members of Support');
  await person.selectOptions(form.getByRole('combobox', { name: 'New member' }), 'Ben Lindqvist');
  await person.click(form.getByRole('button', { name: 'Add' }));
  expect(await form.findByRole('combobox', { name: 'Right of Ben Lindqvist' })).toHaveValue('REPLY');
  await person.click(form.getByRole('button', { name: 'Remove Ada Okafor' }));
  await waitFor(() => expect(form.queryByText('Ada Okafor', { selector: 'li *' })).toBeNull());
  expect(desk.argsOf('setQueueMembership')).toEqual([
    { input: { queueId: 'queue_support', userId: 'user_ben', right: 'REPLY' } },
    { input: { queueId: 'queue_support', userId: 'user_ada', right: null } },
  ]);
});

test('a queue applies suggestions from a probability on, and stops when it is told to', async () => {
  let autoApply: { kind: 'CATEGORY' | 'PRIORITY'; threshold: number }[] = [
    { kind: 'PRIORITY', threshold: 0.9 },
  ];
  const queue = () => ({ ...support, members: [], autoApply });
  const rendered = await open('queues', {
    Query: { queues: () => [queue()] },
    Mutation: { setQueueAutoApply: () => ({ queue: null, errors: taken('threshold') }) },
  });
  const { user: person, desk } = rendered;
  expect(await screen.findByRole('cell', { name: 'Priority from 90%' })).toBeVisible();
  await choose(rendered, 'Support', 'Applied without asking');
  const form = await dialog('Applied without asking in Support');
  const when = form.getByRole('combobox', { name: 'Applied without asking' });
  expect(when).toHaveDisplayValue('Never');
  await person.selectOptions(when, 'When sure enough');
  const least = form.getByRole('textbox', { name: 'Least probability' });
  await person.clear(least);
  await person.type(least, '40');
  await person.click(form.getByRole('button', { name: 'Save' }));
  expect(await form.findByText('threshold is not good')).toBeVisible();
  expect(least).toHaveValue('40 %');

  const set = ({ input }: { input: { kind: 'CATEGORY' | 'PRIORITY'; threshold: number | null } }) => {
    autoApply = autoApply.filter(({ kind }) => kind !== input.kind);
    if (input.threshold !== null) autoApply.push({ kind: input.kind, threshold: input.threshold });
    return { queue: queue(), errors: [] };
  };
  desk.answer({ Mutation: { setQueueAutoApply: set } });
  await person.clear(least);
  await person.type(least, '97.5');
  await person.click(form.getByRole('button', { name: 'Save' }));
  expect(await screen.findByRole('cell', { name: /Category from 9[78]%/ })).toBeVisible();

  await choose(rendered, 'Support', 'Applied without asking');
  const again = await dialog('Applied without asking in Support');
  await person.selectOptions(again.getByRole('combobox', { name: 'Suggestions of' }), 'Priority');
  expect(again.getByRole('textbox', { name: 'Least probability' })).toHaveValue('90 %');
  await person.selectOptions(again.getByRole('combobox', { name: 'Applied without asking' }), 'Never');
  await person.click(again.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(screen.queryByText(/Priority from/)).toBeNull());
  expect(desk.argsOf('setQueueAutoApply').slice(1)).toEqual([
    { input: { queueId: 'queue_support', kind: 'CATEGORY', threshold: 0.975 } },
    { input: { queueId: 'queue_support', kind: 'PRIORITY', threshold: null } },
  ]);
});

test('a category is retired after a question, and a name that is taken is refused at the field', async () => {
  const billing = { id: 'category_billing', name: 'Billing', description: '', active: true };
  const rendered = await open('categories', {
    Query: { categories: () => [billing] },
    Mutation: {
      createCategory: () => ({
        category: null,
        errors: [{ code: 'ALREADY_EXISTS', message: 'taken', path: 'name' }],
      }),
      updateCategory: () => ({ category: { ...billing, active: false }, errors: [] }),
    },
  });
  const { user: person, desk } = rendered;
  await screen.findByRole('cell', { name: 'Billing' });
  await person.click(screen.getByRole('button', { name: 'Create category' }));
  const form = await dialog('Create category');
  await person.type(form.getByRole('textbox', { name: 'Name' }), 'billing');
  await person.click(form.getByRole('button', { name: 'Create category' }));
  expect(await form.findByText('Another one has this name or address already.')).toBeVisible();
  expect(form.getByRole('textbox', { name: 'Name' })).toHaveValue('billing');
  await person.click(form.getByRole('button', { name: 'Cancel' }));
  desk.answer({ Query: { categories: () => [{ ...billing, active: false }] } });
  await choose(rendered, 'Billing', 'Retire');
  await person.click((await dialog('Retire Billing?')).getByRole('button', { name: 'Retire' }));
  expect(await screen.findByRole('cell', { name: 'Retired' })).toBeVisible();
});

test('merging tags goes on until all tickets are changed', async () => {
  let left = 2;
  const tags = [
    { id: 'tag_1', name: 'bike', ticketCount: 700 },
    { id: 'tag_2', name: 'bicycle', ticketCount: 3 },
  ];
  const rendered = await open('tags', {
    Query: { tags: () => (left === 0 ? tags.slice(1) : tags) },
    Mutation: { mergeTags: () => ({ changedTickets: 350, isDone: --left === 0, errors: [] }) },
  });
  const { user: person, desk } = rendered;
  await choose(rendered, 'bike', 'Merge');
  await person.click((await dialog(/Merge the tag bike/)).getByRole('button', { name: 'Merge' }));
  await waitFor(() => expect(screen.queryByRole('cell', { name: 'bike' })).toBeNull());
  expect(screen.getByRole('cell', { name: 'bicycle' })).toBeVisible();
  expect(desk.argsOf('mergeTags')).toEqual([
    { input: { sourceIds: ['tag_1'], targetId: 'tag_2' } },
    { input: { sourceIds: ['tag_1'], targetId: 'tag_2' } },
  ]);
});

test('a canned reply is prepared, and an unknown place in it is refused at the text', async () => {
  const { user: person, desk } = await open('replies', {
    Query: { cannedReplies: () => [] },
    Mutation: { createCannedReply: () => ({ cannedReply: null, errors: taken('body') }) },
  });
  expect(await screen.findByText('No canned replies yet')).toBeVisible();
  await person.click(screen.getByRole('button', { name: 'Prepare reply' }));
  const form = await dialog('Prepare reply');
  await person.type(form.getByRole('textbox', { name: 'Name' }), 'Greeting');
  await person.type(form.getByRole('textbox', { name: 'Text' }), 'Dear {{{{nobody}}');
  await person.click(form.getByRole('button', { name: 'Prepare reply' }));
  expect(await form.findByText('body is not good')).toBeVisible();
  expect(desk.argsOf('createCannedReply')).toEqual([
    { input: { name: 'Greeting', body: 'Dear {{nobody}}', queueId: null } },
  ]);
});

test('a failed job is looked into and replayed', async () => {
  const job = { id: 'job_1', kind: 'suggest', attempts: 12, lastError: 'artefact is missing' };
  const rendered = await open('jobs', {
    Query: { parkedJobs: () => ({ nodes: [job], pageInfo: page }) },
    Mutation: { replayJob: () => ({ job: { ...job, attempts: 0 }, errors: [] }) },
  });
  const { user: person } = rendered;
  await choose(rendered, 'suggest', 'Inspect');
  const shown = await dialog('Failed job: suggest');
  expect(shown.getByText('artefact is missing')).toBeVisible();
  await person.click(shown.getByRole('button', { name: 'Replay' }));
  await person.click((await dialog('Replay suggest?')).getByRole('button', { name: 'Replay' }));
  expect(await screen.findByText('No job waits for you')).toBeVisible();
});

test('a failed job is given up, after asking', async () => {
  const job = {
    id: 'job_1',
    kind: 'suggest',
    attempts: 12,
    lastError: 'artefact is missing',
    ticket: { id: 'ticket_7', number: 7, subject: 'Flat tyre' },
  };
  const rendered = await open('jobs', {
    Query: { parkedJobs: () => ({ nodes: [job], pageInfo: page }) },
    Mutation: { discardJob: () => ({ discardedId: 'job_1', errors: [] }) },
  });
  const { user: person, desk } = rendered;
  await choose(rendered, 'suggest', 'Inspect');
  const shown = await dialog('Failed job: suggest');
  expect(shown.getByRole('link', { name: '#7 Flat tyre' })).toHaveAttribute('href', '/tickets/7');
  await person.click(shown.getByRole('button', { name: 'Discard' }));
  const asked = await dialog('Discard suggest?');
  expect(desk.argsOf('discardJob')).toEqual([]);
  await person.click(asked.getByRole('button', { name: 'Discard' }));
  expect(await screen.findByText('No job waits for you')).toBeVisible();
  expect(desk.argsOf('discardJob')).toEqual([{ input: { id: 'job_1' } }]);
});

import { waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { fail, type Answers } from '@/testing/desk';
import { ada, mia, support, ticket, user } from '@/testing/records';
import { renderConsole, screen } from '@/testing/render';

const acme = { id: 'organisation_acme', name: 'Acme Bikes' };
const customer = user({ ...mia, organisation: acme, memberships: [], createdAt: '2026-01-05T08:00:00Z' });
const list = (...tickets: ReturnType<typeof ticket>[]) => ({
  nodes: tickets,
  totalCount: tickets.length,
  streamCursor: 'test-1',
  pageInfo: { hasNextPage: false, endCursor: null },
});

const query: NonNullable<Answers['Query']> = {
  node: ({ id }: { id: string }) => (id === mia.id ? customer : ticket(Number(id.slice(7)))),
  tickets: ({ filter }: { filter?: { requesterId?: string } }) =>
    filter?.requesterId === mia.id ? list(ticket(12), ticket(9, { status: 'SOLVED' })) : list(ticket(12)),
  users: () => ({ nodes: [customer], pageInfo: { hasNextPage: false, endCursor: null } }),
};

test('a person is shown with how to reach them and all their tickets', async () => {
  const { desk } = await renderConsole('/people/user_mia', { answers: { Query: query } });
  const details = within(await screen.findByRole('region', { name: 'Details' }));
  expect(details.getByRole('link', { name: 'mia@mail.example' })).toHaveAttribute(
    'href',
    'mailto:mia@mail.example',
  );
  expect(details.getByText('Customer')).toBeVisible();
  expect(details.getByText(/Asks for help/)).toBeVisible();
  expect(await screen.findByText('Subject 9')).toBeVisible();
  expect(desk.argsOf('tickets')).toContainEqual(
    expect.objectContaining({ filter: expect.objectContaining({ requesterId: 'user_mia' }) as unknown }),
  );
  expect(screen.getByRole('link', { name: 'New ticket for them' })).toHaveAttribute(
    'href',
    '/tickets/new?requester=user_mia',
  );
});

test('their tickets can be narrowed to open ones, and that is in the address', async () => {
  const {
    user: actor,
    router,
    desk,
  } = await renderConsole('/people/user_mia', { answers: { Query: query } });
  await screen.findByText('Subject 9');
  await actor.click(screen.getByRole('button', { name: 'Open' }));
  await waitFor(() => expect(router.state.location.search).toEqual({ status: 'OPEN' }));
  expect(desk.argsOf('tickets')).toContainEqual(
    expect.objectContaining({
      filter: expect.objectContaining({ requesterId: 'user_mia', statuses: ['OPEN'] }) as unknown,
    }),
  );
});

test('a colleague is shown with their queues, and what is assigned to them', async () => {
  const colleague = user({ ...ada, active: true, memberships: [{ right: 'REPLY', queue: support }] });
  await renderConsole('/people/user_ada', { answers: { Query: { ...query, node: () => colleague } } });
  const details = within(await screen.findByRole('region', { name: 'Details' }));
  expect(details.getByRole('link', { name: 'Support' })).toHaveAttribute('href', '/queues/queue_support');
  expect(details.getByRole('link', { name: 'Tickets assigned to them' })).toHaveAttribute(
    'href',
    '/tickets?assignee=user_ada',
  );
});

test.each(['/people/user_nobody', '/people/ticket_12'])('nobody is at %s, which is said', async (path) => {
  await renderConsole(path, { answers: { Query: { ...query, node: () => null } } });
  expect(await screen.findByText('There is no such person')).toBeVisible();
});

test('a person who cannot be read can be asked for again', async () => {
  const { user: actor, desk } = await renderConsole('/people/user_mia', {
    answers: { Query: { ...query, node: () => fail('SERVICE_UNAVAILABLE') } },
  });
  const again = await screen.findByRole('button', { name: 'Try again' });
  desk.answer({ Query: query });
  await actor.click(again);
  expect(await screen.findByRole('heading', { name: 'Mia Sander' })).toBeVisible();
});

test('an organisation shows what its people have asked for, and who they are', async () => {
  const tickets = { nodes: [ticket(12)], pageInfo: { hasNextPage: false, endCursor: null } };
  const { desk, user: actor } = await renderConsole('/organisations/organisation_acme', {
    answers: { Query: { ...query, organisation: () => ({ ...acme, tickets }) } },
  });
  expect(await screen.findByRole('heading', { name: 'Acme Bikes' })).toBeVisible();
  const asked = within(screen.getByRole('region', { name: 'Tickets' }));
  expect(await asked.findByRole('link', { name: 'Subject 12' })).toHaveAttribute('href', '/tickets/12');
  const people = within(screen.getByRole('region', { name: 'People' }));
  expect(await people.findByRole('link', { name: 'Mia Sander' })).toHaveAttribute('href', '/people/user_mia');
  expect(desk.argsOf('users')).toContainEqual(
    expect.objectContaining({
      filter: expect.objectContaining({ organisationId: 'organisation_acme' }) as unknown,
    }),
  );
  await actor.click(asked.getByRole('radio', { name: 'All' }));
  expect(await asked.findByRole('link', { name: 'Subject 12' })).toBeVisible();
});

test('an organisation that does not exist is said to be missing', async () => {
  await renderConsole('/organisations/organisation_gone', {
    answers: { Query: { ...query, organisation: () => null } },
  });
  expect(await screen.findByText('There is no such organisation')).toBeVisible();
});

test('the palette finds people and tickets', async () => {
  const { user: actor, router } = await renderConsole('/tickets', {
    answers: { Query: { ...query, searchTickets: () => ({ nodes: [ticket(12)] }) } },
  });
  await screen.findByText('Subject 12');
  await actor.keyboard('{Control>}k{/Control}');
  await actor.type(await screen.findByRole('combobox', { name: 'Search and commands' }), 'mia');
  expect(await screen.findByRole('option', { name: /#12 Subject 12/ })).toBeVisible();
  await actor.click(screen.getByRole('option', { name: /Mia Sander · mia@mail.example/ }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/people/user_mia'));
});

test('a requester in a list leads to their page, and the rest of the row to the ticket', async () => {
  const { user: actor, router } = await renderConsole('/tickets', { answers: { Query: query } });
  await actor.click(await screen.findByRole('link', { name: 'Mia Sander' }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/people/user_mia'));
});

import { waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { fail, type Answers } from '@/testing/desk';
import { ticket } from '@/testing/records';
import { renderConsole, screen } from '@/testing/render';

const hits = (hasNextPage = false): Answers => ({
  Query: {
    searchTickets: ({ after }: { after: string | null }) => ({
      edges: [
        {
          cursor: 'a',
          node: ticket(after === null ? 12 : 11, { subject: 'The printer is on fire' }),
          excerpts: [
            { part: 'SUBJECT', text: 'The printer is on fire', ranges: [{ start: 4, end: 11 }] },
            {
              part: 'MESSAGE',
              messageId: 'message_1',
              // A character of two UTF-16 units counts once.
              text: '…🔥 the printer again',
              ranges: [{ start: 7, end: 14 }],
            },
          ],
        },
      ],
      pageInfo: { hasNextPage: hasNextPage && after === null, endCursor: 'a' },
    }),
  },
});

test('what is typed is found, with its words marked, and the rest on demand', async () => {
  const { user, desk, router } = await renderConsole('/search', { answers: hits(true) });
  expect(await screen.findByText('Search all tickets you may see')).toBeVisible();
  await user.type(await screen.findByRole('searchbox', { name: 'Search all tickets' }), 'printer{enter}');
  const first = await screen.findByRole('link', { name: /#12/ });
  const marked = [...first.querySelectorAll('mark')].map((mark) => mark.textContent);
  expect(marked).toEqual(['printer', 'printer']);
  expect(router.state.location.search).toEqual({ q: 'printer' });
  // Unlike a list, a search looks into all states.
  expect(desk.argsOf('searchTickets').at(-1)).toMatchObject({ query: 'printer', filter: {} });
  await user.click(screen.getByRole('button', { name: 'Show more' }));
  expect(await screen.findByRole('link', { name: /#11/ })).toBeVisible();
  expect(desk.argsOf('searchTickets').at(-1)).toMatchObject({ after: 'a' });
});

test('the filters of lists narrow a search, and keys walk through what was found', async () => {
  const { user, desk } = await renderConsole('/search?q=printer', { answers: hits() });
  await screen.findByRole('link', { name: /#12/ });
  await user.click(screen.getByRole('button', { name: 'Open' }));
  await waitFor(() =>
    expect(desk.argsOf('searchTickets').at(-1)).toMatchObject({ filter: { statuses: ['OPEN'] } }),
  );
  const link = await screen.findByRole('link', { name: /#12/ });
  await user.keyboard('{Escape}j');
  await waitFor(() => expect(link).toHaveFocus());
});

test('nothing found and a failed search say what to do', async () => {
  const nothing = { edges: [], pageInfo: { hasNextPage: false } };
  const { user, desk } = await renderConsole('/search?q=xylophone', {
    answers: { Query: { searchTickets: () => nothing } },
  });
  expect(await screen.findByText('No ticket has these words')).toBeVisible();
  desk.answer({ Query: { searchTickets: () => fail('SERVICE_UNAVAILABLE') } });
  const field = screen.getByRole('searchbox');
  await user.clear(field);
  await user.type(field, 'harp{enter}');
  const again = await screen.findByRole('button', { name: 'Try again' });
  desk.answer(hits());
  await user.click(again);
  expect(await screen.findByRole('link', { name: /#12/ })).toBeVisible();
});

test('a list is saved as a view, and what the desk refuses stands at its field', async () => {
  const made = {
    id: 'savedview_1',
    name: 'Mine',
    ticketCount: 3,
    viewerMayChange: true,
    filter: { statuses: ['OPEN'], assignedToMe: true },
    columns: ['subject'],
  } as const;
  const refused = { code: 'INVALID', path: 'name', message: 'must have 1 to 120 characters, got 0' } as const;
  const { user, desk, router } = await renderConsole('/views/mine', {
    answers: { Mutation: { createSavedView: () => ({ savedView: null, errors: [refused] }) } },
  });
  await user.click(await screen.findByRole('button', { name: 'Save as a view' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.click(dialog.getByRole('button', { name: 'Save' }));
  expect(await dialog.findByText(/1 to 120 characters/)).toBeVisible();
  // An agent shares with nobody.
  expect(dialog.queryByRole('radio', { name: 'All agents' })).toBeNull();
  desk.answer({
    Query: { savedViews: () => [made] },
    Mutation: { createSavedView: () => ({ savedView: made, errors: [] }) },
  });
  await user.type(dialog.getByRole('textbox', { name: 'Name' }), 'Mine');
  await user.click(dialog.getByRole('button', { name: 'Save' }));
  expect(await screen.findByRole('heading', { name: 'Mine' })).toBeVisible();
  expect(router.state.location.pathname).toBe('/saved/savedview_1');
  expect(desk.argsOf('createSavedView').at(-1)).toMatchObject({
    input: { name: 'Mine', sharedWith: 'PRIVATE', filter: { assignedToMe: true, statuses: ['OPEN'] } },
  });
  expect(await screen.findByRole('link', { name: /^Mine/ })).toHaveAttribute('aria-current', 'page');
});

test('changes to a view are kept on demand only, and it can be deleted', async () => {
  const view = { id: 'savedview_1', name: 'Hot', viewerMayChange: true, filter: { priorities: ['URGENT'] } };
  const { user, desk, router } = await renderConsole('/saved/savedview_1', {
    answers: {
      Query: { savedViews: () => [view as never] },
      Mutation: {
        updateSavedView: () => ({ savedView: view as never, errors: [] }),
        deleteSavedView: () => ({ deletedId: view.id, errors: [] }),
      },
    },
  });
  await screen.findByRole('heading', { name: 'Hot' });
  expect(screen.queryByRole('button', { name: 'Keep changes' })).toBeNull();
  await user.click(await screen.findByRole('button', { name: 'Pending' }));
  await user.click(await screen.findByRole('button', { name: 'Keep changes' }));
  expect(desk.argsOf('updateSavedView').at(-1)).toMatchObject({
    input: { id: view.id, filter: { statuses: ['PENDING'], priorities: ['URGENT'] } },
  });
  await user.click(screen.getByRole('button', { name: 'Actions for this view' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Delete the view' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.click(dialog.getByRole('button', { name: 'Delete the view' }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/tickets'));
});

test('own views are put in another order', async () => {
  const view = (name: string, owner: string) =>
    ({ id: `savedview_${name}`, name, viewerMayChange: true, owner: { id: owner } }) as never;
  const { user, desk } = await renderConsole('/saved/savedview_b', {
    answers: {
      Query: { savedViews: () => [view('a', 'user_ada'), view('x', 'user_ben'), view('b', 'user_ada')] },
      Mutation: { reorderSavedViews: () => ({ savedViews: [], errors: [] }) },
    },
  });
  await user.click(await screen.findByRole('button', { name: 'Actions for this view' }));
  expect(await screen.findByRole('menuitem', { name: 'Move down' })).toBeDisabled();
  await user.click(screen.getByRole('menuitem', { name: 'Move up' }));
  await waitFor(() =>
    expect(desk.argsOf('reorderSavedViews')).toEqual([{ input: { ids: ['savedview_b', 'savedview_a'] } }]),
  );
});

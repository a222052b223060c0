import { waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { fail } from '@/testing/desk';
import { ada, ben, message, mia, ticket } from '@/testing/records';
import { beginConsole, renderConsole, screen } from '@/testing/render';

const signedIn = (user: typeof ada) => ({ user, expiresAt: '2026-12-12T08:00:00Z' });

test('whoever is not signed in is asked to, and then gets the page of the address', async () => {
  const { user, desk } = await renderConsole('/tickets/12', { viewer: null });
  desk.answer({
    Query: { ticket: () => ticket(12) },
    Mutation: {
      signIn: () => (
        desk.answer({ Query: { viewer: () => signedIn(ada) } }),
        { expiresAt: '2026-12-12T08:00:00Z' }
      ),
    },
  });
  await user.type(await screen.findByLabelText('E-mail address'), 'ada@desk.example');
  await user.type(screen.getByLabelText('Password'), 'secret words');
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByRole('heading', { name: 'Subject 12' })).toBeVisible();
  expect(desk.argsOf('signIn')).toEqual([{ input: { email: 'ada@desk.example', password: 'secret words' } }]);
});

test.each([
  ['UNAUTHENTICATED', 'Address or password is wrong, or the account is not active.'],
  ['SERVICE_UNAVAILABLE', 'The desk cannot reach its database at the moment. Try again soon.'],
])('a sign-in refused with %s says why and keeps the address', async (code, text) => {
  const { user } = await renderConsole('/', {
    viewer: null,
    answers: { Mutation: { signIn: () => fail(code) } },
  });
  await user.type(await screen.findByLabelText('E-mail address'), 'ada@desk.example');
  await user.type(screen.getByLabelText('Password'), 'wrong');
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByRole('alert')).toHaveTextContent(text);
  expect(screen.getByLabelText('E-mail address')).toHaveValue('ada@desk.example');
});

test('a session that ends while a reply is sent: sign in again, and it is sent', async () => {
  let isOver = false;
  const { user, desk } = await renderConsole('/tickets/12', {
    answers: {
      Query: { viewer: () => (isOver ? null : signedIn(ada)), ticket: () => ticket(12) },
      Mutation: {
        addReply: ({ input }: { input: { body: string } }) =>
          isOver
            ? fail('UNAUTHENTICATED')
            : { message: message(77, { body: input.body, author: ada }), ticket: ticket(12), errors: [] },
        signIn: () => {
          isOver = false;
          return { expiresAt: '2026-12-12T08:00:00Z' };
        },
        setPresence: () => ({ errors: [] }),
      },
    },
  });
  const field = await screen.findByRole('textbox', { name: 'Reply' });
  await user.type(field, 'Nearly lost');
  isOver = true;
  await user.click(screen.getByRole('button', { name: 'Send' }));
  const dialog = await screen.findByRole('dialog', { name: 'Your session has ended' });
  expect(within(dialog).getByLabelText('E-mail address')).toHaveValue('ada@desk.example');
  expect(field).toHaveValue('Nearly lost');
  await user.type(within(dialog).getByLabelText('Password'), 'secret words');
  await user.click(within(dialog).getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByText('Nearly lost', { selector: 'article *' })).toBeVisible();
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(field).toHaveValue('');
  expect(desk.argsOf('addReply')).toHaveLength(2);
});

test('nothing of one user is shown to another who signs in over it', async () => {
  let viewer: typeof ada | null = ada;
  const { session } = await renderConsole('/tickets', {
    answers: {
      Query: { viewer: () => (viewer ? signedIn(viewer) : null) },
      Mutation: { signIn: () => ({ expiresAt: '2026-12-12T08:00:00Z' }) },
    },
  });
  viewer = null;
  void session.signedIn();
  await waitFor(() => expect(session.state.get().kind).toBe('expired'));
  viewer = ben;
  expect(await session.signIn('ben@desk.example', 'x')).toBe('other-user');
  expect(session.state.get().kind).toBe('expired');
});

test('a desk that does not answer is said to be away, and asked again', async () => {
  const { user, desk } = await renderConsole('/tickets', {
    answers: { Query: { viewer: () => fail('SERVICE_UNAVAILABLE') } },
  });
  const again = await screen.findByRole('button', { name: 'Try again' });
  desk.answer({ Query: { viewer: () => signedIn(ada) } });
  await user.click(again);
  expect(await screen.findByRole('heading', { name: 'All tickets' })).toBeVisible();
});

test('the first list is asked for while the desk is still saying who is signed in', async () => {
  await renderConsole('/tickets', { viewer: ada });
  const { desk } = await beginConsole('/views/mine', {
    Query: { viewer: () => new Promise(() => undefined) },
  });
  await waitFor(() =>
    expect(desk.argsOf('tickets')).toContainEqual(
      expect.objectContaining({
        filter: expect.objectContaining({ assigneeId: ada.id }) as unknown,
        first: 50,
      }),
    ),
  );
});

test.each([
  ['a browser in which nobody was signed in', null],
  ['the browser of a customer', mia],
])('%s asks for no list of the staff', async (_, viewer) => {
  if (viewer) await renderConsole('/portal', { viewer });
  const { desk, session, begun } = await beginConsole('/tickets', {
    Query: { viewer: () => (viewer ? signedIn(viewer) : null) },
  });
  await begun;
  await session.viewer();
  expect(desk.asked.map(({ field }) => field)).toEqual(['viewer', 'heartbeat']);
});

test('whoever has signed out is not remembered', async () => {
  const { session } = await renderConsole('/tickets', {
    viewer: ada,
    answers: { Mutation: { signOut: () => ({ signedOut: true }) } },
  });
  await session.signOut();
  const { desk, begun } = await beginConsole('/tickets', { Query: { viewer: () => null } });
  await begun;
  expect(desk.argsOf('tickets')).toEqual([]);
});

import { waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { setTimeZone } from '@/lib/time';
import { fail, type Answers } from '@/testing/desk';
import { ada } from '@/testing/records';
import { renderConsole, screen } from '@/testing/render';

// Many zones are many options, which is slow where nothing is laid out.
vi.setConfig({ testTimeout: 20_000 });

beforeEach(() => {
  localStorage.clear();
  vi.spyOn(Intl, 'supportedValuesOf').mockReturnValue(['Asia/Tokyo', 'Europe/Vienna']);
});
afterEach(() => setTimeZone(null));

const viewer = (part: Record<string, unknown> = {}) => ({
  user: ada,
  expiresAt: null,
  preferences: { locale: null, timeZone: null, theme: 'SYSTEM' as const, mutedNotifications: [], ...part },
});
const saved: Answers['Mutation'] = {
  updateProfile: ({ input }: { input: { name: string } }) => ({
    user: { ...ada, name: input.name },
    errors: [],
  }),
};

test('name and wishes are saved, and hold at once', async () => {
  const { user, desk } = await renderConsole('/profile', {
    answers: { Query: { viewer: () => viewer() }, Mutation: saved },
  });
  const name = await screen.findByLabelText('Name');
  await user.clear(name);
  await user.type(name, 'Ada O.');
  await user.selectOptions(screen.getByLabelText('Time zone'), 'Europe/Vienna');
  await user.selectOptions(screen.getByLabelText('Theme'), 'Dark');
  await user.click(screen.getByRole('checkbox', { name: 'somebody mentions me' }));
  desk.answer({ Query: { viewer: () => viewer({ theme: 'DARK', timeZone: 'Europe/Vienna' }) } });
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Saved')).toBeVisible();
  expect(desk.argsOf('updateProfile')).toEqual([
    {
      input: {
        name: 'Ada O.',
        locale: null,
        timeZone: 'Europe/Vienna',
        theme: 'DARK',
        mutedNotifications: ['MENTIONED'],
      },
    },
  ]);
  expect(screen.getByRole('button', { name: 'Account of Ada O.' })).toBeVisible();
  expect(document.documentElement).toHaveAttribute('data-mantine-color-scheme', 'dark');
});

test('what the desk refuses is said at its field, and stays typed', async () => {
  const { user } = await renderConsole('/profile', {
    answers: {
      Query: { viewer: () => viewer() },
      Mutation: {
        updateProfile: () => ({
          errors: [{ code: 'INVALID', message: 'name must not be empty', path: 'name' }],
        }),
      },
    },
  });
  await user.clear(await screen.findByLabelText('Name'));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() =>
    expect(screen.getByLabelText('Name')).toHaveAccessibleDescription('name must not be empty'),
  );
  expect(screen.queryByText('Saved')).toBeNull();
});

test('the language that was chosen on another device is spoken here, too', async () => {
  await renderConsole('/profile', { answers: { Query: { viewer: () => viewer({ locale: 'de-AT' }) } } });
  // Another language is another file.
  expect(await screen.findByRole('heading', { name: 'Profil' }, { timeout: 10_000 })).toBeVisible();
  expect(screen.getByLabelText('Sprache')).toHaveValue('de');
});

test('a password is changed, and its mistakes are said where they are', async () => {
  const { user, desk } = await renderConsole('/profile', {
    answers: {
      Query: { viewer: () => viewer() },
      Mutation: {
        changePassword: () => ({
          user: null,
          errors: [{ code: 'INVALID', message: 'current is wrong', path: 'current' }],
        }),
      },
    },
  });
  const change = await screen.findByRole('button', { name: 'Change password' });
  await user.click(change);
  const field = (name: string) => screen.getByLabelText(name);
  expect(field('Password until now')).toHaveAccessibleDescription('Type the password that you have now.');
  await user.type(field('Password until now'), 'wrong');
  await user.type(field('New password'), 'long enough now');
  await user.type(field('New password once more'), 'long enough nov');
  await user.click(change);
  expect(field('New password once more')).toHaveAccessibleDescription('This is not the same as above.');
  expect(desk.argsOf('changePassword')).toEqual([]);
  await user.type(field('New password once more'), '{Backspace}w');
  await user.click(change);
  await waitFor(() =>
    expect(field('Password until now')).toHaveAccessibleDescription('This is not your password.'),
  );
  expect(field('New password')).toHaveValue('long enough now');
  desk.answer({ Mutation: { changePassword: () => ({ user: ada, errors: [] }) } });
  await user.click(change);
  expect(await screen.findByText('Changed. All your other sessions have ended.')).toBeVisible();
  expect(field('New password')).toHaveValue('');
});

test('too many attempts are said as such', async () => {
  const { user } = await renderConsole('/profile', {
    answers: {
      Query: { viewer: () => viewer() },
      Mutation: { changePassword: () => fail('RATE_LIMITED') },
    },
  });
  await user.type(await screen.findByLabelText('Password until now'), 'x');
  await user.type(screen.getByLabelText('New password'), 'long enough now');
  await user.type(screen.getByLabelText('New password once more'), 'long enough now');
  await user.click(screen.getByRole('button', { name: 'Change password' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('Too many requests');
});

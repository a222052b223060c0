import { waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { Notification } from '@/graphql/generated/schema';
import { fail, type Answers, type Part } from '@/testing/desk';
import { ben, message, mia, ticket } from '@/testing/records';
import { renderConsole, screen } from '@/testing/render';

const notification = (number: number, part: Part<Notification> = {}): Part<Notification> => ({
  id: `notification_${number}`,
  kind: 'TICKET_ASSIGNED',
  subjectId: `ticket_${number}`,
  ticket: ticket(number),
  message: null,
  actor: ben,
  text: 'In English.',
  readAt: null,
  ...part,
});

const read: NonNullable<Answers['Query']> = {
  unreadNotificationCount: () => 2,
  notifications: () => ({
    nodes: [
      notification(12, {
        kind: 'MENTIONED',
        message: message(4, { body: 'What do you think?', author: ben }),
      }),
      notification(11),
      notification(10, { kind: 'TICKET_REPLIED', actor: mia, readAt: '2026-11-28T08:00:00Z' }),
    ],
    pageInfo: { hasNextPage: false, endCursor: null },
  }),
  ticket: () => ticket(12),
};
const marks = (unreadCount: number): NonNullable<Answers['Mutation']> => ({
  markNotificationsRead: () => ({ unreadCount, errors: [] }),
  markTicketSeen: () => ({ ticket: { id: 'ticket_12', unread: false }, errors: [] }),
  setPresence: () => ({ errors: [] }),
});

const bell = (name: string) => screen.findByRole('link', { name });

test('the bell counts what is unread, and what comes in is counted and listed at once', async () => {
  const { user, desk } = await renderConsole('/tickets', { answers: { Query: read } });
  await user.click(await bell('2 unread notifications'));
  const list = within(await screen.findByRole('list', { name: 'Notifications' }));
  expect(list.getAllByRole('listitem')).toHaveLength(3);
  expect(list.getByText('What do you think?')).toBeVisible();
  expect(list.getByRole('link', { name: /Unread.*Ben Lindqvist.*mentioned you/ })).toHaveAttribute(
    'href',
    '/tickets/12',
  );
  await desk.push('notificationUpdates', {
    cursor: 'test-2',
    resync: false,
    unreadCount: 3,
    notification: notification(20),
  });
  expect(await bell('3 unread notifications')).toBeVisible();
  expect(list.getAllByRole('listitem')[0]).toHaveTextContent('#20 Subject 20');
});

test('one is marked as read where it stands', async () => {
  const { user, desk } = await renderConsole('/notifications', {
    answers: { Query: read, Mutation: marks(1) },
  });
  const item = (await screen.findByText('#11 Subject 11')).closest('li');
  if (!item) throw new Error('There is no item.');
  await user.click(within(item).getByRole('button', { name: 'Mark as read' }));
  await waitFor(() => expect(within(item).queryByText('Unread')).toBeNull());
  expect(within(item).queryByRole('button')).toBeNull();
  expect(await bell('1 unread notification')).toBeVisible();
  expect(desk.argsOf('markNotificationsRead')).toEqual([{ input: { ids: ['notification_11'] } }]);
});

test('all are marked as read', async () => {
  const { user, desk } = await renderConsole('/notifications', {
    answers: { Query: read, Mutation: marks(0) },
  });
  await screen.findByText('#11 Subject 11');
  await user.click(screen.getByRole('button', { name: 'Mark all as read' }));
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Mark as read' })).toBeNull());
  expect(await bell('Notifications')).toBeVisible();
  expect(desk.argsOf('markNotificationsRead')).toEqual([{ input: { all: true } }]);
});

test('the keyboard goes through them, and opening one reads it', async () => {
  const { user, router, desk } = await renderConsole('/tickets', {
    answers: { Query: read, Mutation: marks(1) },
  });
  await bell('2 unread notifications');
  await user.keyboard('gi');
  await screen.findByText('#12 Subject 12');
  await user.keyboard('j');
  expect(document.activeElement).toHaveTextContent('#12 Subject 12');
  await user.keyboard('j');
  expect(document.activeElement).toHaveTextContent('#11 Subject 11');
  await user.keyboard('k{Enter}');
  await waitFor(() => expect(router.state.location.pathname).toBe('/tickets/12'));
  expect(desk.argsOf('markNotificationsRead')).toEqual([{ input: { ids: ['notification_12'] } }]);
});

test('without any, the list says what will be told; a list that fails can be read again', async () => {
  const { user, desk } = await renderConsole('/notifications', {
    answers: { Query: { notifications: () => fail('SERVICE_UNAVAILABLE') } },
  });
  const again = await screen.findByRole('button', { name: 'Try again' });
  desk.answer({
    Query: { notifications: () => ({ nodes: [], pageInfo: { hasNextPage: false, endCursor: null } }) },
  });
  await user.click(again);
  expect(await screen.findByText('Nothing to tell you yet')).toBeVisible();
});

test('marking that is refused says why', async () => {
  const { user } = await renderConsole('/notifications', {
    answers: { Query: read, Mutation: { markNotificationsRead: () => fail('SERVICE_UNAVAILABLE') } },
  });
  await user.click(await screen.findByRole('button', { name: 'Mark all as read' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('cannot reach its database');
});

import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import { type Answer, renderWith } from '../../testing/renderWith';
import { Composer } from './Composer';

test('a note is sent as a note, and the box is empty afterwards', async () => {
  const answer = vi.fn<Answer>(() => ({
    addNote: { message: { id: '1' }, errors: [] },
  }));
  const onSent = vi.fn();
  await renderWith(<Composer ticketId="T1" onSent={onSent} />, answer);
  await userEvent.click(screen.getByRole('radio', { name: 'Note' }));
  await userEvent.type(screen.getByRole('textbox', { name: 'Note for the team' }), 'Seen');
  await userEvent.click(screen.getByRole('button', { name: 'Add note' }));
  expect(onSent).toHaveBeenCalledOnce();
  expect(answer.mock.calls[0]?.[0]).toContain('addNote');
  expect(answer.mock.calls[0]?.[1]).toMatchObject({ input: { ticketId: 'T1', body: 'Seen' } });
  expect(screen.getByRole('textbox')).toHaveValue('');
});

test('what was refused stays in the box and says why', async () => {
  const refused = { addReply: { message: null, errors: [{ message: 'the ticket is closed' }] } };
  await renderWith(<Composer ticketId="T1" onSent={() => undefined} />, () => refused);
  await userEvent.type(screen.getByRole('textbox'), 'Hello');
  await userEvent.click(screen.getByRole('button', { name: 'Send reply' }));
  expect(await screen.findByText('the ticket is closed')).toBeVisible();
  expect(screen.getByRole('textbox')).toHaveValue('Hello');
});

test('a draft is there again when the ticket is opened again', async () => {
  const first = await renderWith(<Composer ticketId="T1" onSent={() => undefined} />, () => ({}));
  await userEvent.type(screen.getByRole('textbox'), 'Half a');
  first.unmount();
  await renderWith(<Composer ticketId="T1" onSent={() => undefined} />, () => ({}));
  expect(screen.getByRole('textbox')).toHaveValue('Half a');
});

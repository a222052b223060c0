import { waitFor } from '@testing-library/react';
import { useState } from 'react';
import { expect, test, vi } from 'vitest';
import { renderPart, screen } from '@/testing/render';
import { ButtonMenu, type MenuPart } from './button-menu';

function menu(parts: () => MenuPart[]) {
  return <ButtonMenu position="bottom-start" button={<button type="button">More</button>} parts={parts} />;
}

test('a menu opens by the keyboard at its first item, and gives the focus back to its button', async () => {
  const run = vi.fn();
  const { user } = await renderPart(
    menu(() => [
      { kind: 'action', text: 'Edit', run },
      { kind: 'action', text: 'Delete', run: () => undefined },
    ]),
  );
  const button = screen.getByRole('button', { name: 'More' });
  expect(button).toHaveAttribute('aria-haspopup', 'menu');
  expect(button).toHaveAttribute('aria-expanded', 'false');
  for (const time of ['first', 'second']) {
    screen.getByRole('button', { name: 'More' }).focus();
    await user.keyboard('{Enter}');
    await waitFor(() => expect(screen.getByRole('menuitem', { name: 'Edit' }), time).toHaveFocus());
    expect(screen.getByRole('button', { name: 'More' })).toHaveAttribute('aria-expanded', 'true');
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.getByRole('button', { name: 'More' }), time).toHaveFocus());
    await waitFor(() => expect(screen.queryByRole('menu')).toBeNull());
  }
  await user.keyboard('{Enter}');
  await user.click(await screen.findByRole('menuitem', { name: 'Edit' }));
  expect(run).toHaveBeenCalledOnce();
  await waitFor(() => expect(screen.queryByRole('menu')).toBeNull());
});

function Choice() {
  const [chosen, choose] = useState('one');
  return menu(() => [
    {
      kind: 'choices',
      options: ['one', 'two'].map((value) => ({ value, label: value })),
      chosen: [chosen],
      choose,
    },
  ]);
}

test('what is chosen is marked, and a menu that stays shows the change', async () => {
  const { user } = await renderPart(<Choice />);
  await user.click(screen.getByRole('button', { name: 'More' }));
  expect(await screen.findByRole('menuitemradio', { name: 'one' })).toBeChecked();
  await user.click(screen.getByRole('menuitemradio', { name: 'two' }));
  expect(screen.getByRole('menuitemradio', { name: 'two' })).toBeChecked();
  expect(screen.getByRole('menuitemradio', { name: 'one' })).not.toBeChecked();
});

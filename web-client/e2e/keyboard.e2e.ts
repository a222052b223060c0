import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { complaints, createTicket, launchBrowser, leave, person } from './browser';
import { PASSWORD, startDesk, type Desk } from './desk';

let desk: Desk;
let browser: Browser;

beforeAll(async () => {
  [desk, browser] = await Promise.all([startDesk(), launchBrowser()]);
});

afterEach(({ task }) => leave(browser, task));

afterAll(async () => {
  await browser.close();
  await desk.stop();
});

/** Tab until something of this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let steps = 0; steps < 12; steps += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : null;
      return label ?? element?.getAttribute('aria-label') ?? element?.textContent ?? '';
    });
    if (focused.includes(name)) return;
  }
  throw new Error(`Tab does not come to “${name}”.`);
}

const focusedRow = (page: Page) =>
  page.evaluate(() => document.activeElement?.closest('[role=row]')?.getAttribute('data-ticket') ?? null);

test('the work of a day without a mouse', async () => {
  const { page } = await person(browser, desk);
  await page.goto('/');
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await tabTo(page, 'E-mail address');
  await page.keyboard.type('ada@demo.deskwire.local');
  await tabTo(page, 'Password');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('grid').waitFor();
  await createTicket(page, 'First by keyboard');
  await createTicket(page, 'Second by keyboard');

  // To the queue by the palette, to its first ticket by keys.
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('Unassigned');
  await page
    .getByRole('option', { name: /Unassigned/ })
    .first()
    .waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Unassigned' }).waitFor();
  await page.getByRole('row', { name: /Second by keyboard/ }).waitFor();
  await page.keyboard.press('j');
  await expect.poll(() => focusedRow(page)).not.toBeNull();
  const first = await focusedRow(page);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Second by keyboard' }).waitFor();

  await page.keyboard.press('c');
  await page.getByRole('button', { name: 'Change Assignee' }).getByText('Ada Okafor').waitFor();
  await page.keyboard.press('p');
  await page.getByRole('option', { name: 'High' }).waitFor();
  await page.keyboard.type('high');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Change Priority' }).getByText('High').waitFor();
  // The focus is back where it was, and keys count again.
  await page.getByRole('listbox').waitFor({ state: 'detached' });
  await page.keyboard.press('r');
  await page.keyboard.type('We are on it.');
  await page.keyboard.press('Control+Enter');
  // The opening message is hers as well: a reply is told apart by its words alone.
  await page.getByRole('article', { name: 'Reply by Ada Okafor' }).getByText('We are on it.').waitFor();
  await page.keyboard.press('Escape');

  // Back to the list, which is where it was, and on to the next one.
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'Unassigned' }).waitFor();
  await expect.poll(() => focusedRow(page)).not.toBeNull();
  if ((await focusedRow(page)) === first) await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'First by keyboard' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).getByText('Claim the ticket').waitFor();
  expect(complaints(page)).toEqual([]);
});

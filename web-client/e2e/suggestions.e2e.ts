import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { at, complaints, createTicket, launchBrowser, leave } from './browser';
import { startDesk, type Desk } from './desk';

let desk: Desk;
let browser: Browser;

beforeAll(async () => {
  [desk, browser] = await Promise.all([startDesk({ suggestions: true }), launchBrowser()]);
});

afterEach(({ task }) => leave(browser, task));

afterAll(async () => {
  await browser.close();
  await desk.stop();
});

const panel = (page: Page) => page.getByRole('region', { name: 'Suggestions' });
const category = (page: Page) => page.getByRole('button', { name: 'Change Category' });

/** An agent in front of a new ticket, of which the model is sure what it is about. */
async function onSuggestion(body: string): Promise<{ page: Page; label: string }> {
  const page = await at(browser, desk, 'ada@demo.deskwire.local', '/views/mine');
  const number = await createTicket(page, 'Question about my last order', body);
  await page.goto(`/tickets/${number}`);
  // It comes by itself, with how sure the model is, why, and which version it was.
  await panel(page).getByText('Suggested', { exact: true }).first().waitFor();
  await panel(page)
    .getByText(/^Model \d+/)
    .first()
    .waitFor();
  await panel(page).getByRole('meter', { name: 'Confidence' }).first().waitFor();
  await page.getByRole('article').locator('mark').first().waitFor();
  await page.keyboard.press('Control+k');
  const title = await page.getByRole('option', { name: /Accept suggestion/ }).innerText();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  return { page, label: /“(.+)”/.exec(title)?.[1] ?? '' };
}

const BODY = 'I was charged twice for the same order and the invoice shows the wrong amount. Please refund.';

test('a suggestion is accepted with its key', async () => {
  const { page, label } = await onSuggestion(BODY);
  await page.keyboard.press('a');
  await panel(page).getByText('Accepted · Ada Okafor').first().waitFor();
  await category(page).getByText(label).waitFor();
  await page.reload();
  await category(page).getByText(label).waitFor();
  expect(complaints(page)).toEqual([]);
});

test('a suggestion is dismissed with its key, and changes nothing', async () => {
  const { page, label } = await onSuggestion(BODY);
  await page.keyboard.press('Shift+A');
  await panel(page).getByText('Dismissed · Ada Okafor').first().waitFor();
  expect(await category(page).innerText()).not.toContain(label);
  expect(complaints(page)).toEqual([]);
});

test('a suggestion is corrected to what is right', async () => {
  const { page, label } = await onSuggestion(BODY);
  await panel(page).getByRole('button', { name: 'Correct' }).first().click();
  const other = page.getByRole('menuitem').filter({ hasNotText: label }).first();
  const right = await other.innerText();
  await other.click();
  await category(page).getByText(right).waitFor();
  await panel(page).getByText('Something else was chosen · Ada Okafor').first().waitFor();
  expect(complaints(page)).toEqual([]);
});

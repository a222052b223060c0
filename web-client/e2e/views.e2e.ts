import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { at as signedIn, complaints, launchBrowser, leave } from './browser';
import { startDesk, type Desk } from './desk';

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

const at = (email: string, path: string) => signedIn(browser, desk, email, path);

test('words are searched for from the palette, marked where they stand, and a hit opens its ticket', async () => {
  const page = await at('ada@demo.deskwire.local', '/tickets');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('invoice');
  await page.getByRole('option', { name: /Search for “invoice”/ }).click();
  const first = page.getByRole('list', { name: 'Results' }).getByRole('link').first();
  expect(await first.locator('mark').first().textContent()).toMatch(/invoice/i);
  // A search looks into all states; one of them is fewer.
  await page.getByRole('button', { name: 'Pending' }).click();
  await page.waitForURL(/status=PENDING/);
  await page.getByRole('button', { name: 'All', exact: true }).click();
  await first.click();
  await page.getByRole('list', { name: 'Conversation' }).waitFor();
  await page.goBack();
  await page.getByRole('searchbox', { name: 'Search all tickets' }).waitFor();
  expect(await page.getByRole('searchbox').inputValue()).toBe('invoice');
  expect(complaints(page)).toEqual([]);
});

test('a lead saves a list and shares it; an agent sees it with its count, and cannot change it', async () => {
  const lead = await at('lea@demo.deskwire.local', '/tickets?priority=HIGH,URGENT&status=PENDING');
  await lead.getByRole('button', { name: 'Save as a view' }).click();
  const dialog = lead.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Burning and waiting');
  await dialog.getByRole('radio', { name: 'All agents' }).check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await lead.getByRole('heading', { name: 'Burning and waiting' }).waitFor();
  const rows = lead.getByRole('grid', { name: 'Tickets' }).getByRole('row');
  await rows.nth(1).waitFor();

  const agent = await at('ada@demo.deskwire.local', '/tickets');
  const link = agent.getByRole('link', { name: /^Burning and waiting \d+/ });
  await link.click();
  await agent.getByRole('heading', { name: 'Burning and waiting' }).waitFor();
  await agent.getByRole('grid', { name: 'Tickets' }).getByRole('row').nth(1).waitFor();
  await agent.getByRole('button', { name: 'Solved' }).click();
  // What somebody else shares is changed by saving a view of one's own.
  await agent.getByRole('button', { name: 'Save as a view' }).waitFor();
  expect(await agent.getByRole('button', { name: 'Keep changes' }).count()).toBe(0);
  expect(await agent.getByRole('button', { name: 'Actions for this view' }).count()).toBe(0);
  expect([...complaints(lead), ...complaints(agent)]).toEqual([]);
});

test('a report is read for a time, and taken along', async () => {
  const page = await at('lea@demo.deskwire.local', '/reports');
  await page.getByRole('img', { name: /created and solved tickets/ }).waitFor();
  await page.getByRole('button', { name: 'Last 7 days' }).click();
  await page.waitForURL(/from=/);
  const flow = page.getByRole('region', { name: 'Tickets created and solved' });
  await expect.poll(() => flow.getByRole('row').count()).toBe(8);
  const saved = page.waitForEvent('download');
  await flow.getByRole('button', { name: /Download/ }).click();
  expect((await saved).suggestedFilename()).toBe('tickets.csv');
  expect(complaints(page)).toEqual([]);
});

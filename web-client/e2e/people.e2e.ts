import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { at as signedIn, complaints, launchBrowser, leave } from './browser';
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

const at = (email: string, path?: string) => signedIn(browser, desk, email, path);
const bell = (page: Page, name: RegExp) => page.getByRole('link', { name });

test('a ticket is opened for a customer by keyboard, assigned, noted, and the colleague is told at once', async () => {
  const ada = await at('ada@demo.deskwire.local', '/tickets');
  const chloe = await at('chloe@demo.deskwire.local', '/tickets');
  await bell(chloe, /^Notifications$/).waitFor();
  await ada.getByRole('link', { name: 'New ticket' }).waitFor();
  await ada.keyboard.press('n');
  await ada.getByRole('combobox', { name: 'Requester' }).fill('mia');
  await ada.getByRole('option', { name: /Mia Sander/ }).click();
  await ada.getByLabel('Subject').fill('Called about a bent wheel');
  await ada.getByRole('textbox', { name: 'Message' }).fill('She will send a photo.');

  // What was typed outlives a reload.
  await ada.reload();
  await expect.poll(() => ada.getByLabel('Subject').inputValue()).toBe('Called about a bent wheel');
  await ada.getByLabel('Assignee').selectOption({ label: 'Chloé Martin' });
  await ada.getByRole('button', { name: 'Create ticket' }).click();
  await ada.getByRole('list', { name: 'Conversation' }).waitFor();
  await bell(chloe, /^1 unread notification$/).waitFor();

  // Back in the list, Chloé has not seen it yet; Ada has.
  await chloe.getByRole('navigation', { name: 'Navigation' }).hover();
  await chloe.getByRole('row', { name: /Not seen yet.*Called about a bent wheel/ }).waitFor();

  await ada.keyboard.press('n');
  await ada.getByRole('textbox', { name: 'Internal note' }).pressSequentially('Look at it please @chl');
  await ada.getByRole('option', { name: 'Chloé Martin' }).waitFor();
  await ada.keyboard.press('Enter');
  await ada.keyboard.press('Control+Enter');
  await ada
    .getByRole('article', { name: /Internal note/ })
    .getByText('@Chloé Martin')
    .waitFor();
  await bell(chloe, /^2 unread notifications$/).waitFor();

  await chloe.keyboard.press('g');
  await chloe.keyboard.press('i');
  await chloe.getByRole('link', { name: /Ada Okafor mentioned you/ }).click();
  await chloe.getByRole('article', { name: /Internal note/ }).waitFor();
  await bell(chloe, /^1 unread notification$/).waitFor();
  await chloe.goBack();
  await chloe.getByRole('button', { name: 'Mark all as read' }).click();
  await bell(chloe, /^Notifications$/).waitFor();
  for (const page of [ada, chloe]) expect(complaints(page)).toEqual([]);
});

test('a person is found in the palette, with all they have asked for', async () => {
  const ada = await at('ada@demo.deskwire.local', '/tickets');
  await ada.getByRole('row').nth(1).waitFor();
  await ada.keyboard.press('Control+k');
  await ada.getByRole('combobox', { name: 'Search and commands' }).fill('mia san');
  await ada.getByRole('option', { name: /Mia Sander/ }).click();
  await ada.getByRole('heading', { name: 'Mia Sander' }).waitFor();
  await ada.getByRole('region', { name: 'Details' }).getByText('mia@demo.deskwire.local').waitFor();
  await ada
    .getByRole('row', { name: /Mia Sander/ })
    .first()
    .click();
  await ada.getByRole('list', { name: 'Conversation' }).waitFor();
  expect(complaints(ada)).toEqual([]);
});

test('name, look and password are changed in the profile, and other sessions end', async () => {
  const ben = await at('ben@demo.deskwire.local', '/profile');
  const other = await at('ben@demo.deskwire.local', '/tickets');
  await other.getByRole('row').nth(1).waitFor();
  await ben.getByLabel('Name').fill('Ben L.');
  await ben.getByLabel('Theme').selectOption('Dark');
  await ben.getByRole('button', { name: 'Save' }).click();
  await ben.getByText('Saved').waitFor();
  await ben.getByRole('button', { name: 'Account of Ben L.' }).waitFor();
  await ben.reload();
  await ben.locator('html[data-mantine-color-scheme="dark"]').waitFor();

  await ben.getByLabel('Password until now').fill('not this one');
  await ben.getByLabel('New password', { exact: true }).fill('another one of mine');
  await ben.getByLabel('New password once more').fill('another one of mine');
  await ben.getByRole('button', { name: 'Change password' }).click();
  await ben.getByText('This is not your password.').waitFor();
  await ben.getByLabel('Password until now').fill(PASSWORD);
  await ben.getByRole('button', { name: 'Change password' }).click();
  await ben.getByText('Changed. All your other sessions have ended.').waitFor();
  await other.getByRole('dialog', { name: 'Your session has ended' }).waitFor();
  expect(complaints(ben)).toEqual([]);
});

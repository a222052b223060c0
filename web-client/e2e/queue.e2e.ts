import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { at as signedIn, complaints, createTicket, graph, launchBrowser, leave, person } from './browser';
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

const at = (email: string, path?: string) => signedIn(browser, desk, email, path);

test('two agents see the same queue move', async () => {
  const ada = await at('ada@demo.deskwire.local', '/tickets');
  const chloe = await at('chloe@demo.deskwire.local', '/tickets');
  const mia = await person(browser, desk);
  await mia.page.goto('/');
  await graph(mia.page, 'mutation($input: SignInInput!) { signIn(input: $input) { expiresAt } }', {
    input: { email: 'mia@demo.deskwire.local', password: 'deskwire-demo' },
  });
  const shown = (page: Page, subject: string) => page.getByRole('row', { name: subject });
  const open = ada.getByRole('link', { name: /All tickets/ });
  const before = Number((await open.innerText()).replace(/\D/g, ''));

  // Nobody reads the list: the ticket is simply there, and counted.
  for (const page of [ada, chloe]) await page.getByRole('navigation', { name: 'Navigation' }).hover();
  await createTicket(mia.page, 'Bell rings by itself');
  await shown(ada, 'Bell rings by itself').waitFor();
  await shown(chloe, 'Bell rings by itself').waitFor();
  await expect.poll(async () => Number((await open.innerText()).replace(/\D/g, ''))).toBe(before + 1);

  // Ada reads: nothing moves under her, and a bar says that there is more.
  const first = ada.getByRole('row').nth(1);
  await first.hover();
  await createTicket(mia.page, 'Saddle squeaks');
  await shown(chloe, 'Saddle squeaks').waitFor();
  await ada.getByRole('button', { name: '1 new ticket' }).waitFor();
  expect(await first.innerText()).toContain('Bell rings by itself');
  await ada.getByRole('button', { name: '1 new ticket' }).click();
  await expect.poll(() => first.innerText()).toContain('Saddle squeaks');

  // Chloé claims; Ada sees whose it is.
  await shown(chloe, 'Saddle squeaks').click();
  await chloe.getByRole('button', { name: 'Claim' }).click();
  await ada.getByRole('row', { name: /Saddle squeaks.*Chloé Martin/ }).waitFor();

  // Solved, it leaves the open tickets, but not from under Ada's pointer.
  await ada.getByRole('row', { name: /Saddle squeaks/ }).hover();
  await chloe.getByRole('button', { name: 'Change Status' }).click();
  await chloe.getByRole('option', { name: 'Solved' }).click();
  await ada.getByText('Not in this list any more').waitFor();
  await ada.getByRole('navigation', { name: 'Navigation' }).hover();
  await shown(ada, 'Saddle squeaks').waitFor({ state: 'detached' });

  for (const page of [ada, chloe]) expect(complaints(page)).toEqual([]);
});

test('a message that is being written outlives a reload and another device', async () => {
  const ada = await at('ada@demo.deskwire.local', '/tickets');
  // Its number: the requester's name leads elsewhere.
  await ada.getByRole('row').nth(1).getByRole('gridcell').nth(1).click();
  const reply = (page: Page) => page.getByRole('textbox', { name: 'Reply', exact: true });
  await reply(ada).fill('We have looked into it and');
  await ada.waitForResponse((response) => response.request().postData()?.includes('saveDraft') ?? false);
  await ada.reload();
  await expect.poll(() => reply(ada).inputValue()).toBe('We have looked into it and');
  const other = await at('ada@demo.deskwire.local', new URL(ada.url()).pathname);
  await expect.poll(() => reply(other).inputValue()).toBe('We have looked into it and');
  const colleague = await at('chloe@demo.deskwire.local', new URL(ada.url()).pathname);
  await colleague.getByRole('list', { name: 'Conversation' }).waitFor();
  expect(await colleague.getByText('We have looked into it and').count()).toBe(0);
  for (const page of [ada, other, colleague]) expect(complaints(page)).toEqual([]);
});

test('an agent signs out and is shown nothing any more', async () => {
  const ada = await at('ada@demo.deskwire.local', '/views/mine');
  await ada.getByRole('heading', { name: 'Assigned to me' }).waitFor();
  await ada.getByRole('button', { name: 'Account of Ada Okafor' }).click();
  await ada.getByRole('menuitem', { name: 'Sign out' }).click();
  await ada.getByRole('button', { name: 'Sign in' }).waitFor();
  await ada.goto('/tickets');
  await ada.getByRole('button', { name: 'Sign in' }).waitFor();
  expect(await ada.getByRole('grid').count()).toBe(0);
  expect(complaints(ada)).toEqual([]);
});

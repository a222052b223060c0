import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { at as signedIn, complaints, createTicket, graph, launchBrowser, leave } from './browser';
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

/** Everything that the health mark has said, each with whether `text` stood on the page at that moment. */
type Said = { state: string; hasText: boolean }[];

async function watchHealth(page: Page, text: string): Promise<void> {
  await page.getByText('Live', { exact: true }).waitFor();
  await page.evaluate((wanted) => {
    const said: Said = [];
    (window as unknown as { said: Said }).said = said;
    const note = () => {
      const state = document.querySelector('[role=status][data-state]')?.getAttribute('data-state') ?? '';
      if (said[said.length - 1]?.state === state) return;
      said.push({ state, hasText: document.getElementById('page')?.innerText.includes(wanted) ?? false });
    };
    note();
    new MutationObserver(note).observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ['data-state'],
    });
  }, text);
}

const said = (page: Page) => page.evaluate(() => (window as unknown as { said: Said }).said);

/** The desk goes away, and things happen on it before this browser is back. */
async function missed(page: Page, happen: () => Promise<void>): Promise<void> {
  await desk.kill();
  await page.getByText(/^Offline, as of .+/).waitFor();
  // The desk is back for everybody else first.
  await page.context().setOffline(true);
  await desk.restart();
  await happen();
  expect(await page.getByText(/^Offline, as of .+/).count()).toBe(1);
  await page.context().setOffline(false);
  await page.getByText('Live', { exact: true }).waitFor();
}

async function reply(page: Page, number: number, body: string): Promise<void> {
  const { ticket } = (await graph(page, 'query($number: Int!) { ticket(number: $number) { id } }', {
    number,
  })) as { ticket: { id: string } };
  await graph(page, 'mutation($input: AddMessageInput!) { addReply(input: $input) { errors { code } } }', {
    input: { ticketId: ticket.id, body, status: 'PENDING' },
  });
}

test('a ticket after the desk was away: what happened appears once, before it is called live', async () => {
  const ada = await at('ada@demo.deskwire.local', '/views/mine');
  const chloe = await at('chloe@demo.deskwire.local', '/views/mine');
  const number = await createTicket(chloe, 'Chain falls off');
  await ada.goto(`/tickets/${number}`);
  await ada.getByRole('article').waitFor();
  await ada.getByRole('textbox', { name: 'Reply', exact: true }).fill('I was about to say');
  await watchHealth(ada, 'Oil it first');
  await missed(ada, () => reply(chloe, number, 'Oil it first'));

  expect(await said(ada)).toEqual([
    { state: 'live', hasText: false },
    { state: 'offline', hasText: false },
    { state: 'catching-up', hasText: expect.any(Boolean) as boolean },
    { state: 'live', hasText: true },
  ]);
  expect(await ada.getByRole('article').count()).toBe(2);
  await ada.getByRole('button', { name: 'Change Status' }).getByText('Pending').waitFor();
  expect(await ada.getByRole('textbox', { name: 'Reply', exact: true }).inputValue()).toBe(
    'I was about to say',
  );

  // And it goes on from there.
  await reply(chloe, number, 'Then call us');
  await ada.getByRole('article').nth(2).waitFor();
  expect(await ada.getByRole('article').count()).toBe(3);
});

test('a list after the desk was away: rows enter, change and leave once, before it is called live', async () => {
  const ada = await at('ada@demo.deskwire.local', '/tickets');
  const chloe = await at('chloe@demo.deskwire.local', '/views/mine');
  const leaving = await createTicket(chloe, 'Leaves the open ones');
  const count = ada.getByRole('link', { name: /All tickets/ });
  const counted = async () => Number((await count.innerText()).replace(/\D/g, ''));
  await ada.getByRole('navigation', { name: 'Navigation' }).hover();
  await ada.getByRole('row', { name: /Leaves the open ones/ }).waitFor();
  const before = await counted();
  await watchHealth(ada, 'Came while away');
  await missed(ada, async () => {
    await createTicket(chloe, 'Came while away');
    await createTicket(chloe, 'Came while away, too');
    await reply(chloe, leaving, 'Is it better now?');
  });

  expect((await said(ada)).map((one) => one.state)).toEqual(['live', 'offline', 'catching-up', 'live']);
  expect((await said(ada)).pop()).toEqual({ state: 'live', hasText: true });
  expect(await ada.getByRole('row', { name: /Came while away/ }).count()).toBe(2);
  await ada.getByRole('row', { name: /Leaves the open ones/ }).waitFor({ state: 'detached' });
  await expect.poll(counted).toBe(before + 1);
  await createTicket(chloe, 'Came afterwards');
  await ada.getByRole('row', { name: /Came afterwards/ }).waitFor();
  expect(await ada.getByRole('row', { name: /Came/ }).count()).toBe(3);
  expect(complaints(chloe)).toEqual([]);
});

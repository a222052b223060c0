import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { at, complaints, createTicket, launchBrowser, leave } from './browser';
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

test('a customer asks, an agent answers, and both see it happen', async () => {
  const ada = await at(browser, desk, 'ada@demo.deskwire.local', '/tickets');
  const mia = await at(browser, desk, 'mia@demo.deskwire.local', '/', { width: 390, height: 844 });
  await mia.waitForURL('**/portal');

  // Asked in the portal, there in the console.
  await ada.getByRole('navigation', { name: 'Navigation' }).hover();
  await mia.getByRole('link', { name: 'New request' }).click();
  await mia.getByLabel('What is it about?').fill('Gears grind on the new bike');
  await mia.getByLabel('What happened?').fill('Since yesterday, in the third gear.');
  await mia.getByRole('button', { name: 'Send request' }).click();
  await mia.getByRole('heading', { name: 'Gears grind on the new bike' }).waitFor();
  await mia.getByText('We are on it').waitFor();
  await ada.getByRole('row', { name: /Gears grind/ }).click();
  await ada.getByText('Since yesterday, in the third gear.').waitFor();

  // What staff write among themselves stays there; what they answer comes over.
  await ada.getByRole('button', { name: 'Internal note' }).click();
  await ada.getByRole('textbox', { name: 'Internal note' }).fill('Third complaint about this model');
  await ada.getByRole('button', { name: 'Add note' }).click();
  await ada.getByRole('article', { name: /Internal note/ }).waitFor();
  await ada.getByRole('button', { name: 'Claim' }).click();
  await ada.getByRole('button', { name: 'Reply', exact: true }).click();
  await ada.getByRole('textbox', { name: 'Reply', exact: true }).fill('Please bring it to the shop.');
  await ada.getByRole('button', { name: 'Send', exact: true }).click();
  await mia.getByRole('article', { name: 'Message by Ada Okafor' }).getByText('Please bring it').waitFor();
  await mia.getByText('With Ada Okafor').waitFor();
  expect(await mia.getByText('Third complaint').count()).toBe(0);

  // Answered in the portal, there in the console.
  await mia.getByLabel('Your answer').fill('I will come on Monday.');
  await mia.getByRole('button', { name: 'Send', exact: true }).click();
  await mia.getByRole('article', { name: 'Your message' }).nth(1).waitFor();
  await ada
    .getByRole('article', { name: 'Reply by Mia Sander' })
    .getByText('I will come on Monday.')
    .waitFor();
  expect(await mia.getByLabel('Your answer').inputValue()).toBe('');

  // Solved by the agent; writing again opens it.
  await ada.getByRole('button', { name: 'Change Status' }).click();
  await ada.getByRole('option', { name: 'Solved' }).click();
  await mia.getByText('This request is solved.', { exact: false }).waitFor();
  await mia.getByLabel('Your answer').fill('It grinds again.');
  await mia.getByRole('button', { name: 'Send', exact: true }).click();
  await mia.getByText('We are on it').waitFor();
  await ada.getByRole('article', { name: 'Reply by Mia Sander' }).getByText('It grinds again.').waitFor();
  await ada.getByRole('button', { name: 'Change Status' }).getByText('Open').waitFor();

  for (const page of [ada, mia]) expect(complaints(page)).toEqual([]);
});

test('the list of a customer is live, says what is new, and holds nothing of others', async () => {
  const mia = await at(browser, desk, 'mia@demo.deskwire.local', '/portal');
  const ada = await at(browser, desk, 'ada@demo.deskwire.local', '/tickets');
  const number = await createTicket(mia, 'Light flickers');
  await mia.getByRole('link', { name: /Light flickers/ }).waitFor();
  await ada.goto(`/tickets/${number}`);
  await ada.getByRole('textbox', { name: 'Reply', exact: true }).fill('Is the dynamo clean?');
  await ada.getByRole('button', { name: 'Send', exact: true }).click();
  const row = mia.getByRole('link', { name: /Light flickers/ });
  await row.getByText('New answer').waitFor();
  await row.click();
  await mia.getByText('Is the dynamo clean?').waitFor();
  await mia.getByRole('link', { name: 'Your requests' }).click();
  await row.getByText('New answer').waitFor({ state: 'detached' });

  // A ticket of somebody else is as good as none, and the console is never shown.
  const others = (await desk.sql(
    "SELECT number FROM tickets WHERE requester_id <> (SELECT id FROM users WHERE email = 'mia@demo.deskwire.local') LIMIT 1",
  )) as { number: number }[];
  await mia.goto(`/tickets/${others[0]?.number ?? 0}`);
  await mia.getByText('There is no such request').waitFor();
  await mia.goto('/views/mine');
  await mia.waitForURL('**/portal');
  expect(await mia.getByRole('grid').count()).toBe(0);
  expect(await mia.getByRole('navigation').count()).toBe(0);
  for (const page of [ada, mia]) expect(complaints(page)).toEqual([]);
});

test('what a customer was writing is there after a reload, and the language changes everything', async () => {
  const mia = await at(browser, desk, 'mia@demo.deskwire.local', '/portal');
  const number = await createTicket(mia, 'Pedal is loose');
  await mia.goto(`/portal/tickets/${number}`);
  await mia.getByLabel('Your answer').fill('It is the left one');
  await mia.waitForResponse((response) => response.request().postData()?.includes('saveDraft') ?? false);
  await mia.reload();
  await expect.poll(() => mia.getByLabel('Your answer').inputValue()).toBe('It is the left one');
  await mia.getByRole('button', { name: 'Account of Mia Sander' }).click();
  await mia.getByRole('menuitemradio', { name: 'Deutsch' }).click();
  await mia.getByText('Wir kümmern uns').waitFor();
  expect(await mia.getByLabel('Ihre Antwort').inputValue()).toBe('It is the left one');
  expect(complaints(mia)).toEqual([]);
});

import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { at, complaints, launchBrowser, leave } from './browser';
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

/** What a program gets that has nothing but a token. */
async function asProgram(token: string, query: string): Promise<{ data: unknown; codes: unknown[] }> {
  const response = await fetch(`${desk.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  const { data, errors = [] } = (await response.json()) as {
    data?: unknown;
    errors?: { extensions?: { code?: string } }[];
  };
  return { data, codes: errors.map(({ extensions }) => extensions?.code) };
}

test('an admin creates a token, a program uses it, and is refused when it is revoked', async () => {
  const page = await at(browser, desk, 'admin@demo.deskwire.local', '/admin/tokens');
  await page.getByRole('button', { name: 'Create token' }).click();
  const form = page.getByRole('dialog', { name: 'Create token' });
  await form.getByRole('button', { name: 'Create token' }).click();
  // The desk says what is wrong with an empty name; what is typed then is kept.
  await form.getByRole('textbox', { name: 'Name' }).and(page.locator('[aria-invalid=true]')).waitFor();
  await form.getByRole('textbox', { name: 'Name' }).fill('Nightly export');
  await form.getByRole('button', { name: 'Create token' }).click();
  const shown = page.getByRole('dialog', { name: 'The secret of Nightly export' });
  const secret = await shown.getByRole('textbox', { name: 'Secret' }).inputValue();
  await shown.getByRole('button', { name: 'I have kept it' }).click();

  const { data, codes } = await asProgram(secret, '{ tickets(first: 1) { nodes { subject } } }');
  expect(codes).toEqual([]);
  expect(data).toMatchObject({ tickets: { nodes: [{ subject: expect.any(String) as string }] } });
  // It may read tickets, and nothing else.
  expect((await asProgram(secret, '{ users(first: 1) { nodes { id } } }')).codes).toEqual(['FORBIDDEN']);

  await page.getByRole('button', { name: 'Actions of Nightly export' }).click();
  await page.getByRole('menuitem', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('cell', { name: 'Revoked' }).waitFor();
  expect((await asProgram(secret, '{ tickets(first: 1) { nodes { id } } }')).codes).toEqual([
    'UNAUTHENTICATED',
  ]);
  expect(complaints(page)).toEqual([]);
});

test('an admin lets somebody in, who works in a queue from then on', async () => {
  const page = await at(browser, desk, 'admin@demo.deskwire.local', '/admin/users');
  await page.getByRole('button', { name: 'Create user' }).click();
  const form = page.getByRole('dialog', { name: 'New user' });
  await form.getByRole('textbox', { name: 'Name' }).fill('Noor Haddad');
  await form.getByRole('textbox', { name: 'E-mail address' }).fill('ada@demo.deskwire.local');
  await form.getByLabel('Password', { exact: true }).fill('deskwire-demo');
  await form.getByRole('button', { name: 'Create user' }).click();
  await form.getByText('Another one has this name or address already.').waitFor();
  await form.getByRole('textbox', { name: 'E-mail address' }).fill('noor@demo.deskwire.local');
  await form.getByRole('button', { name: 'Create user' }).click();
  await form.waitFor({ state: 'detached' });

  await page
    .getByRole('navigation', { name: 'Administration' })
    .getByRole('link', { name: 'Queues' })
    .click();
  await page.getByRole('button', { name: 'Actions of Billing' }).click();
  await page.getByRole('menuitem', { name: 'Members' }).click();
  const members = page.getByRole('dialog', { name: 'Members of Billing' });
  await members.getByRole('combobox', { name: 'New member' }).selectOption('Noor Haddad');
  await members.getByRole('button', { name: 'Add' }).click();
  await members.getByRole('combobox', { name: 'Right of Noor Haddad' }).waitFor();

  const noor = await at(browser, desk, 'noor@demo.deskwire.local', '/tickets');
  await noor
    .getByRole('navigation', { name: 'Navigation' })
    .getByRole('link', { name: /Billing/ })
    .waitFor();
  expect(await noor.getByRole('link', { name: 'Administration' }).count()).toBe(0);
  for (const one of [page, noor]) expect(complaints(one)).toEqual([]);
});

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { graph, launchBrowser, person, signIn } from './browser';
import { startDesk } from './desk';

/** Pictures of the console on the demo desk, for the README and for whoever changes its looks. */

const folder = join(import.meta.dirname, 'screenshots');
const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

type Size = (typeof SIZES)[number];

/** Takes pictures of a page once it says that it is live, where it says so at all. */
function camera(page: Page, size: Size, dark: boolean): (name: string) => Promise<void> {
  return async (name) => {
    const path = join(folder, `${name}-${size.width}-${dark ? 'dark' : 'light'}.png`);
    const health = page.getByRole('status').filter({ hasText: /^(Live|Catching up)$/ });
    if ((await health.count()) > 0) await page.getByText('Live', { exact: true }).waitFor();
    await page.screenshot({ path, animations: 'disabled' });
    console.log(path);
  };
}

mkdirSync(folder, { recursive: true });
const desk = await startDesk({ suggestions: true });
const browser = await launchBrowser();
const organisation = await prepare();
for (const size of SIZES) {
  for (const dark of [false, true]) {
    const { page } = await person(browser, desk, { ...size, dark });
    const shoot = camera(page, size, dark);
    await page.goto('/');
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await shoot('sign-in');
    await signIn(page, 'lea@demo.deskwire.local', '/tickets');
    const first = page.getByRole('row', { name: /Open/ }).first();
    await first.waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await shoot('queue');
    await first.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('list', { name: 'Conversation' }).waitFor();
    await page.getByRole('textbox', { name: 'Reply', exact: true }).waitFor();
    await shoot('ticket');
    await page.getByRole('region', { name: 'Requester' }).getByRole('link').first().click();
    await page.getByRole('region', { name: 'Details' }).waitFor();
    await page.getByRole('row').nth(1).waitFor();
    await shoot('person');
    for (const [path, button, name] of [
      ['/tickets/new', 'Create ticket', 'new-ticket'],
      ['/notifications', 'Mark all as read', 'notifications'],
      ['/profile', 'Change password', 'profile'],
    ] as const) {
      await page.goto(path);
      await page.getByRole('button', { name: button }).waitFor();
      if (name === 'notifications') await page.getByText('mentioned you').first().waitFor();
      await shoot(name);
    }
    await page.goto('/search?q=invoice');
    await page.getByRole('list', { name: 'Results' }).getByRole('link').first().waitFor();
    await shoot('search');
    await page.goto('/reports');
    await page.getByRole('img', { name: /created and solved/ }).waitFor();
    await page.getByRole('region', { name: 'Suggested priorities' }).waitFor();
    await shoot('reports');
    await page.context().close();
    await administration(size, dark);
    await portal(size, dark);
  }
}

/** A colleague assigns and mentions, so that there is something to tell; gives an organisation's address. */
async function prepare(): Promise<string> {
  const { page } = await person(browser, desk, { width: 1440, height: 900 });
  await signIn(page, 'admin@demo.deskwire.local', '/tickets');
  const { tickets, users, organisations } = (await graph(
    page,
    `{ tickets(first: 3, filter: { statuses: [OPEN] }) { nodes { id version } }
       users(filter: { text: "Lea Brandt" }, first: 1) { nodes { id } }
       organisations(first: 1) { nodes { id } } }`,
  )) as Record<'tickets' | 'users' | 'organisations', { nodes: { id: string; version: number }[] }>;
  const leaId = users.nodes[0]?.id;
  const [one, two] = tickets.nodes;
  if (!leaId || !one || !two) throw new Error('The demo desk has no tickets or no Lea.');
  await graph(
    page,
    `mutation($assign: AssignTicketInput!, $note: AddMessageInput!) {
       assignTicket(input: $assign) { errors { message } }
       addNote(input: $note) { errors { message } } }`,
    {
      assign: { id: one.id, assigneeId: leaId, expectedVersion: one.version },
      note: {
        ticketId: two.id,
        body: '@Lea Brandt do we still have this part in the workshop?',
        mentionIds: [leaId],
      },
    },
  );
  await page.context().close();
  return `/organisations/${organisations.nodes[0]?.id ?? ''}`;
}

/** What an admin sees. */
async function administration(size: Size, dark: boolean): Promise<void> {
  const { page } = await person(browser, desk, { ...size, dark });
  const shoot = camera(page, size, dark);
  await signIn(page, 'admin@demo.deskwire.local', '/admin/users');
  await page.getByRole('table', { name: 'Users' }).waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  await shoot('admin');
  await page.goto(organisation);
  await page.getByRole('table', { name: 'People' }).waitFor();
  await shoot('organisation');
  await page.goto('/models');
  await page.getByRole('region', { name: 'In use' }).waitFor();
  await page.getByRole('list', { name: 'History of the rollout' }).waitFor();
  await shoot('models');
  await page.goto('/models?kind=PRIORITY');
  await page.getByRole('region', { name: 'Champion' }).getByRole('link').click();
  await page.getByRole('table', { name: 'Confusion matrix' }).waitFor();
  await shoot('model-version');
  await page.context().close();
}

/** What a customer sees. */
async function portal(size: Size, dark: boolean): Promise<void> {
  const { page } = await person(browser, desk, { ...size, dark });
  const shoot = camera(page, size, dark);
  await signIn(page, 'mia@demo.deskwire.local', '/portal');
  await page.getByText('Live', { exact: true }).waitFor();
  const first = page.getByRole('list', { name: 'Your requests' }).getByRole('link').first();
  await first.waitFor();
  await shoot('portal');
  await first.click();
  await page.getByRole('main').getByRole('log').waitFor();
  await shoot('portal-request');
  await page.goto('/portal/new');
  await page.getByRole('button', { name: 'Send request' }).waitFor();
  await shoot('portal-new');
  await page.context().close();
}

await browser.close();
await desk.stop();

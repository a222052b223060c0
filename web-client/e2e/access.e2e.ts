import { createMemoryHistory } from '@tanstack/react-router';
import axe from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makeRouter, type RouterContext } from '@/app/router';
import { sectionsOf } from '@/features/admin/sections';
import { at, complaints, createTicket, graph, launchBrowser, leave, person } from './browser';
import { startDesk, type Desk } from './desk';

/**
 * Every page of the console is looked at by axe: all routes of the router, in light and dark, wide and narrow. A route with
 * a parameter needs an example in `EXAMPLES`.
 */
// Listed only: nothing is read with the context.
const PATHS = Object.keys(makeRouter({} as RouterContext, createMemoryHistory()).routesByPath);

/** Values for each parameter of an address; some are known only once there is a desk. */
const EXAMPLES: Record<string, readonly string[]> = {
  view: ['mine'],
  section: sectionsOf({ role: 'ADMIN', managesQueues: true }),
};

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

const SIZES = [
  { width: 1440, height: 900 },
  { width: 360, height: 740 },
];

function addressesOf(path: string): string[] {
  const name = /\$(\w+)/.exec(path)?.[1];
  if (name === undefined) return [path];
  const examples = EXAMPLES[name];
  if (!examples?.length) throw new Error(`${path} needs an example for ${name} in access.e2e.ts.`);
  return examples.flatMap((example) => addressesOf(path.replace(`$${name}`, example)));
}

/** What axe finds on the page as it is, or on a part of it, in light and dark, and whether it is wider than the window. */
async function faultsOf(page: Page, what: string, part?: Locator): Promise<string[]> {
  const faults: string[] = [];
  await page.evaluate(axe.source);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
    // Painted in these colours before axe looks.
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    const { violations } = await (part ?? page.locator('html')).evaluate((element) =>
      (window as unknown as { axe: typeof axe }).axe.run(
        element.ownerDocument.body.contains(element) ? element : document,
        {
          resultTypes: ['violations'],
        },
      ),
    );
    for (const { id, nodes } of violations) {
      for (const node of nodes) faults.push(`${what} ${colorScheme}: ${id} at ${node.target.join(' ')}`);
    }
  }
  const isWide = await page.evaluate(
    () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
  );
  if (isWide) faults.push(`${what}: wider than the window`);
  return faults;
}

/** The page with everything on it that comes by itself. */
async function open(page: Page, address: string): Promise<void> {
  await page.goto(address, { waitUntil: 'networkidle' });
  await page.getByText('Live', { exact: true }).waitFor();
  await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0);
}

test.each(SIZES)(
  'axe finds nothing on any page of the staff at $width pixels',
  { timeout: 300_000 },
  async (size) => {
    const page = await at(browser, desk, 'admin@demo.deskwire.local', '/tickets', size);
    const { queues, users, organisations, modelVersions } = (await graph(
      page,
      '{ queues { id } users(first: 1) { nodes { id } } organisations(first: 1) { nodes { id } } modelVersions { id } }',
    )) as {
      queues: { id: string }[];
      users: { nodes: { id: string }[] };
      organisations: { nodes: { id: string }[] };
      modelVersions: { id: string }[];
    };
    EXAMPLES.queueId = queues.slice(0, 1).map((one) => one.id);
    const { createSavedView } = (await graph(
      page,
      'mutation { createSavedView(input: { name: "Urgent ones", filter: { priorities: [URGENT] } }) { savedView { id } } }',
    )) as { createSavedView: { savedView: { id: string } } };
    EXAMPLES.viewId = [createSavedView.savedView.id];
    EXAMPLES.personId = users.nodes.map((one) => one.id);
    EXAMPLES.versionId = modelVersions.slice(0, 1).map((one) => one.id);
    EXAMPLES.organisationId = organisations.nodes.map((one) => one.id);
    const number = await createTicket(page, 'Invoice is wrong', 'I was charged twice. Please refund.');
    EXAMPLES.number = [String(number)];
    const faults: string[] = [];
    for (const address of PATHS.filter((one) => !one.startsWith('/portal')).flatMap(addressesOf)) {
      await open(page, address);
      faults.push(...(await faultsOf(page, address)));
    }
    expect(faults).toEqual([]);
    expect(complaints(page)).toEqual([]);
  },
);

test.each(SIZES)('axe finds nothing on any page of the portal at $width pixels', async (size) => {
  const page = await at(browser, desk, 'mia@demo.deskwire.local', '/portal', size);
  EXAMPLES.number = [String(await createTicket(page, 'Gears grind'))];
  const faults: string[] = [];
  for (const address of PATHS.filter((one) => one.startsWith('/portal')).flatMap(addressesOf)) {
    await open(page, address);
    faults.push(...(await faultsOf(page, address)));
  }
  expect(faults).toEqual([]);
  const staff = await at(browser, desk, 'ada@demo.deskwire.local', '/portal', size);
  await staff.getByText('This page is for customers').waitFor();
  expect(await faultsOf(staff, '/portal for staff')).toEqual([]);
  expect(complaints(page)).toEqual([]);
});

test('axe finds nothing on what opens over a page', async () => {
  const { page: nobody } = await person(browser, desk);
  await nobody.goto('/');
  await nobody.getByRole('button', { name: 'Sign in' }).waitFor();
  const faults = await faultsOf(nobody, 'sign in');
  const page = await at(browser, desk, 'ada@demo.deskwire.local', '/tickets');
  await page.getByRole('row').nth(1).waitFor();
  const over = async (name: string, key: string, role: 'dialog' | 'listbox' | 'toolbar') => {
    const opened = page.getByRole(role, { name });
    await page.keyboard.press(key);
    await opened.waitFor();
    faults.push(...(await faultsOf(page, name, opened)));
    await page.keyboard.press('Escape');
    await opened.waitFor({ state: 'detached' });
  };
  await over('Search and commands', 'Control+k', 'dialog');
  await over('Keyboard shortcuts', '?', 'dialog');
  for (const name of ['Account of Ada Okafor', 'Priority', 'Order and columns']) {
    await page.getByRole('toolbar').or(page.getByRole('navigation')).getByRole('button', { name }).click();
    const menu = page.getByRole('menu');
    await menu.waitFor();
    faults.push(...(await faultsOf(page, name, menu)));
    await page.keyboard.press('Escape');
    await menu.waitFor({ state: 'detached' });
  }
  await page.keyboard.press('j');
  await over('Selected tickets', 'x', 'toolbar');
  // Its number: the requester's name leads elsewhere.
  await page.getByRole('row').nth(1).getByRole('gridcell').nth(1).click();
  await page.getByRole('article').first().waitFor();
  await over('Priority', 'p', 'listbox');
  expect(faults).toEqual([]);
  expect(complaints(page)).toEqual([]);
});

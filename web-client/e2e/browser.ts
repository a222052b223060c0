import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { PASSWORD, type Desk } from './desk';

/** A browser that is installed; what to install, where there is none. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (!executablePath) {
    throw new Error(
      'There is no Chromium or Chrome. Debian, Ubuntu: apt-get install chromium; macOS: brew install --cask chromium',
    );
  }
  return chromium.launch({
    executablePath,
    // In a container there is no namespace to shut the browser in, and its shared memory is small.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--lang=en-GB'],
  });
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const MAC = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

function findBrowser(): string | undefined {
  const named = process.env.DESKWIRE_BROWSER;
  if (named) return named;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const places = [...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), ...MAC];
  return places.find((place) => existsSync(place));
}

export type Screen = { width: number; height: number; dark?: boolean };

/** A person with a browser of their own: nothing is shared with others. */
export async function person(
  browser: Browser,
  desk: Desk,
  screen?: Screen,
): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext({
    baseURL: desk.url,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    viewport: { width: screen?.width ?? 1440, height: screen?.height ?? 900 },
    colorScheme: screen?.dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  // For machines that do something else beside.
  context.setDefaultTimeout(30_000);
  context.setDefaultNavigationTimeout(60_000);
  const page = await context.newPage();
  watch(page);
  return { page, context };
}

const problems = new WeakMap<Page, string[]>();

/** Everything a page complains about counts against it. */
function watch(page: Page): void {
  const found: string[] = [];
  problems.set(page, found);
  page.on('pageerror', (error) => found.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('WebSocket connection'))
      found.push(message.text());
  });
}

/** What the page has complained about: errors, and what its policy forbade. */
export function complaints(page: Page): string[] {
  return problems.get(page) ?? [];
}

/** Signs a demo person in by the form, and waits for the console. */
export async function signIn(page: Page, email: string, path = '/'): Promise<void> {
  await page.goto(path);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  // On a small screen the navigation waits behind its button.
  await page.getByRole('main').waitFor();
  await page.getByLabel('Password', { exact: true }).waitFor({ state: 'detached' });
}

/** A person of the demo desk in front of their own browser, signed in. */
export async function at(
  browser: Browser,
  desk: Desk,
  email: string,
  path = '/',
  screen?: Screen,
): Promise<Page> {
  const { page } = await person(browser, desk, screen);
  await signIn(page, email, path);
  return page;
}

/** What another program does on the desk, with the rights of whoever a page is signed in as. */
export async function graph(
  page: Page,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const answer = await page.request.post('/graphql', { data: { query, variables } });
  const { data, errors } = (await answer.json()) as { data?: Record<string, unknown>; errors?: unknown };
  if (errors !== undefined || !data) throw new Error(JSON.stringify(errors));
  return data;
}

/** A new ticket of whoever a page is signed in as; gives its number. */
export async function createTicket(
  page: Page,
  subject: string,
  body = 'It does not work any more.',
): Promise<number> {
  const { createTicket } = (await graph(
    page,
    'mutation($input: CreateTicketInput!) { createTicket(input: $input) { ticket { number } errors { message } } }',
    { input: { subject, body } },
  )) as { createTicket: { ticket: { number: number } | null } };
  if (!createTicket.ticket) throw new Error(JSON.stringify(createTicket));
  return createTicket.ticket.number;
}

/** Everybody leaves; of a test that failed, pictures of what they saw stay in e2e/failures. */
export async function leave(
  browser: Browser,
  task: { name: string; result?: { state: string } },
): Promise<void> {
  const pages = browser.contexts().flatMap((context) => context.pages());
  if (task.result?.state === 'fail') {
    const folder = fileURLToPath(new URL('failures', import.meta.url));
    mkdirSync(folder, { recursive: true });
    const name = task.name.replaceAll(/\W+/g, '-');
    await Promise.all(
      pages.map((page, at) => page.screenshot({ path: join(folder, `${name}-${at + 1}.png`) })),
    );
  }
  await Promise.all(browser.contexts().map((context) => context.close()));
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launchBrowser, person, signIn } from './browser';
import { startDesk } from './desk';

/** Pictures of the console on the demo desk, for the README and for whoever changes its looks. */

const folder = join(import.meta.dirname, 'screenshots');
const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

mkdirSync(folder, { recursive: true });
const desk = await startDesk({ suggestions: true });
const browser = await launchBrowser();
for (const size of SIZES) {
  for (const dark of [false, true]) {
    const { page } = await person(browser, desk, { ...size, dark });
    const shoot = async (name: string) => {
      const path = join(folder, `${name}-${size.width}-${dark ? 'dark' : 'light'}.png`);
      await page.screenshot({ path, animations: 'disabled' });
      console.log(path);
    };
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

/** What an admin sees. */
async function administration(size: (typeof SIZES)[number], dark: boolean): Promise<void> {
  const { page } = await person(browser, desk, { ...size, dark });
  const shoot = async (name: string) => {
    const path = join(folder, `${name}-${size.width}-${dark ? 'dark' : 'light'}.png`);
    await page.screenshot({ path, animations: 'disabled' });
    console.log(path);
  };
  await signIn(page, 'admin@demo.deskwire.local', '/admin/users');
  await page.getByRole('table', { name: 'Users' }).waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  await shoot('admin');
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
async function portal(size: (typeof SIZES)[number], dark: boolean): Promise<void> {
  const { page } = await person(browser, desk, { ...size, dark });
  const shoot = async (name: string) => {
    const path = join(folder, `${name}-${size.width}-${dark ? 'dark' : 'light'}.png`);
    await page.screenshot({ path, animations: 'disabled' });
    console.log(path);
  };
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

import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { at, complaints, launchBrowser, leave } from './browser';
import { startDesk, type Desk } from './desk';

let desk: Desk;
let browser: Browser;

beforeAll(async () => {
  [desk, browser] = await Promise.all([startDesk({ suggestions: true, training: true }), launchBrowser()]);
});

afterEach(({ task }) => leave(browser, task));

afterAll(async () => {
  await browser.close();
  await desk.stop();
});

test(
  'a version is trained, tried in shadow and canary, promoted, and taken back',
  { timeout: 180_000 },
  async () => {
    const page = await at(browser, desk, 'admin@demo.deskwire.local', '/models');
    const lea = await at(browser, desk, 'lea@demo.deskwire.local', '/models');
    const part = (name: string) => page.getByRole('region', { name });
    const dialog = page.getByRole('dialog');
    await part('Champion').getByRole('link', { name: 'Version 1' }).waitFor();

    await part('Training').getByRole('button', { name: 'Train' }).click();
    await dialog.getByRole('button', { name: 'Train' }).click();
    await part('Training').getByText('Succeeded').waitFor({ timeout: 120_000 });

    await page.getByRole('button', { name: 'Actions of Version 2' }).click();
    await page.getByRole('menuitem', { name: 'Start shadow' }).click();
    await dialog.getByRole('button', { name: 'Start shadow' }).click();
    await part('Candidate')
      .getByText(/Shadow: scores every ticket/)
      .waitFor();

    await part('Candidate').getByRole('button', { name: 'Start canary' }).click();
    await dialog.getByRole('textbox', { name: 'Share of the tickets' }).fill('200');
    await dialog.getByRole('button', { name: 'Start canary' }).click();
    // Refused by the desk, at the field, and nothing has happened.
    await dialog.locator('[aria-invalid=true]').waitFor();
    await dialog.getByRole('textbox', { name: 'Share of the tickets' }).fill('25');
    await dialog.getByRole('button', { name: 'Start canary' }).click();
    await part('Candidate').getByText('Canary: serves 25% of the tickets').waitFor();
    // Whoever watches sees it live, and may not interfere.
    await lea.getByText('Canary: serves 25% of the tickets').waitFor();
    expect(await lea.getByRole('button', { name: 'Promote' }).count()).toBe(0);

    await part('Candidate').getByRole('button', { name: 'Promote' }).click();
    await dialog.getByRole('button', { name: 'Promote' }).click();
    const reason = dialog.getByRole('textbox', { name: 'Reason to do it all the same' });
    const champion = part('Champion').getByRole('link', { name: 'Version 2' });
    await reason.or(champion).waitFor();
    if (await reason.isVisible()) {
      await reason.fill('Tried by hand on the demo');
      await dialog.getByRole('button', { name: 'Promote' }).click();
    }
    await champion.waitFor();

    await part('Previous').getByRole('button', { name: 'Roll back' }).click();
    await dialog.getByRole('button', { name: 'Roll back' }).click();
    await dialog.locator('[aria-invalid=true]').waitFor();
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('Only a rehearsal');
    await dialog.getByRole('button', { name: 'Roll back' }).click();
    await part('Champion').getByRole('link', { name: 'Version 1' }).waitFor();
    const history = part('History of the rollout').getByRole('listitem');
    await history.filter({ hasText: 'Only a rehearsal' }).getByText('Rolled back').waitFor();

    await part('Versions').getByRole('link', { name: 'Version 2' }).click();
    await page.getByRole('heading', { name: 'Category, version 2' }).waitFor();
    await page.getByRole('table', { name: 'Confusion matrix' }).waitFor();
    for (const one of [page, lea]) expect(complaints(one)).toEqual([]);
  },
);

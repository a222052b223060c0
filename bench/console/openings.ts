import type { Page } from 'playwright-core';

/** In a row: on its subject, which is no link to somewhere else. */
const SUBJECT = { x: 160, y: 12 };

/** Rests on a row until its ticket has been read, then clicks it; from the click until its conversation is painted. */
export async function openings(page: Page, count: number): Promise<{ p50: number; p95: number }> {
  const times: number[] = [];
  const read = new Set<number>();
  page.on('response', (response) => {
    const asked = response.request().postData() ?? '';
    if (!asked.includes('query TicketPage(')) return;
    read.add((JSON.parse(asked) as { variables: { number: number } }).variables.number);
  });
  // Nothing has been read before: not the row on which the pointer happened to rest.
  await page.mouse.move(0, 0);
  await page.reload();
  await page.locator('[role=row][data-ticket]').first().waitFor();
  for (let at = 0; at < count; at += 1) {
    const row = page.locator(`[role=row][data-index="${at + 2}"]`);
    const number = Number((await row.getByRole('gridcell').nth(1).innerText()).replaceAll(/\D/g, ''));
    await row.hover({ position: SUBJECT });
    for (let tries = 0; !read.has(number); tries += 1) {
      if (tries === 300) throw new Error(`Ticket ${number} was not read while the pointer rested on it.`);
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
    await page.evaluate(() => {
      const result = new Promise<number>((resolve) => {
        addEventListener(
          'click',
          (event) => {
            const observer = new MutationObserver(() => {
              if (!document.querySelector('article')) return;
              observer.disconnect();
              // The frame after the one in which it was put there has it on the screen.
              requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - event.timeStamp)));
            });
            observer.observe(document.body, { subtree: true, childList: true });
          },
          { capture: true, once: true },
        );
      });
      Object.assign(window, { opened: result });
    });
    await row.click({ position: SUBJECT });
    times.push(await page.evaluate(() => (window as unknown as { opened: Promise<number> }).opened));
    await page.goBack();
    await row.waitFor();
  }
  times.sort((a, b) => a - b);
  const quantile = (share: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN;
  return { p50: quantile(0.5), p95: quantile(0.95) };
}

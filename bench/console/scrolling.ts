import type { Page } from 'playwright-core';
import { countFrames, type Frames } from './frames';

const SECONDS = 10;

/** Reads a whole list page by page, then scrolls from its beginning to its end in ten seconds. */
export async function scrolling(
  page: Page,
  atLeast: number,
): Promise<Frames & { rows: number; rowsInPage: number }> {
  await page.goto('/tickets');
  await page.locator('[role=row][data-ticket]').first().waitFor();
  const rows = await page.evaluate(async (wanted) => {
    const scroller = document.querySelector<HTMLElement>('[role=grid] > [role=rowgroup]:last-child');
    if (!scroller) throw new Error('There is no list.');
    const height = () => scroller.scrollHeight;
    for (let known = 0; height() / 34 < wanted;) {
      scroller.scrollTop = height();
      known = height();
      for (let frames = 0; height() === known && frames < 600; frames += 1) {
        await new Promise(requestAnimationFrame);
      }
      if (height() === known) break;
    }
    scroller.scrollTop = 0;
    return Math.round(height() / 34);
  }, atLeast);
  let rowsInPage = 0;
  const frames = await countFrames(page, async () => {
    rowsInPage = await page.evaluate(async (seconds) => {
      const scroller = document.querySelector<HTMLElement>('[role=grid] > [role=rowgroup]:last-child');
      if (!scroller) throw new Error('There is no list.');
      const end = scroller.scrollHeight - scroller.clientHeight;
      const began = performance.now();
      let most = 0;
      for (let share = 0; share < 1;) {
        share = Math.min(1, (performance.now() - began) / (seconds * 1000));
        scroller.scrollTop = share * end;
        await new Promise(requestAnimationFrame);
        most = Math.max(most, document.querySelectorAll('[role=row][data-ticket]').length);
      }
      return most;
    }, SECONDS);
  });
  return { ...frames, rows, rowsInPage };
}

import type { Page } from 'playwright-core';

export type Frames = { frames: number; fps: number; longestMs: number };

/** Counts the frames that the page paints while something happens. */
export async function countFrames(page: Page, happen: () => Promise<void>): Promise<Frames> {
  await page.evaluate(() => {
    const times: number[] = [];
    const counting = { times, isOn: true };
    Object.assign(window, { counting });
    const next = (time: number) => {
      times.push(time);
      if (counting.isOn) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
  await happen();
  const times = await page.evaluate(() => {
    const { counting } = window as unknown as {
      counting: { times: number[]; isOn: boolean };
    };
    counting.isOn = false;
    return counting.times;
  });
  const gaps = times.slice(1).map((time, at) => time - (times[at] ?? time));
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  return {
    frames: gaps.length,
    fps: (gaps.length / total) * 1000,
    longestMs: Math.max(...gaps),
  };
}

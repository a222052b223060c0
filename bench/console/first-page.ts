import type { Browser, BrowserContext } from 'playwright-core';

export type FirstPage = {
  /** Scripts as they came over the wire, headers included, until the page was at rest: also those that it fetches after its list. */
  scriptBytes: number;
  /** From the beginning of the navigation until the list is there and the page has answered at once for a second. */
  interactiveMs: number;
};

const SLOWER = 4;
const QUIET_MS = 1000;

/** Opens the list of tickets with an empty cache and a slow processor; the median of some runs. */
export async function interactive(
  browser: Browser,
  url: string,
  storageState: Awaited<ReturnType<BrowserContext['storageState']>>,
  runs: number,
): Promise<FirstPage> {
  const times: number[] = [];
  let scriptBytes = 0;
  for (let run = 0; run < runs; run += 1) {
    const context = await browser.newContext({
      storageState,
      viewport: { width: 1440, height: 900 },
    });
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    await cdp.send('Network.enable');
    const scripts = new Set<string>();
    let bytes = 0;
    cdp.on('Network.responseReceived', ({ requestId, type }) => {
      if (type === 'Script') scripts.add(requestId);
    });
    cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      if (scripts.has(requestId)) bytes += encodedDataLength;
    });
    await page.addInitScript(() => {
      const seen = { rowAt: 0, busyUntil: 0 };
      Object.assign(window, { seen });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) seen.busyUntil = entry.startTime + entry.duration;
      }).observe({ type: 'longtask', buffered: true });
      new MutationObserver((_, observer) => {
        if (!document.querySelector('[role=row][data-ticket]')) return;
        observer.disconnect();
        requestAnimationFrame(() => (seen.rowAt = performance.now()));
      }).observe(document, { subtree: true, childList: true });
    });
    await page.goto(`${url}/tickets`);
    const at = await page.waitForFunction((quietMs) => {
      const { seen } = window as unknown as {
        seen: { rowAt: number; busyUntil: number };
      };
      const since = Math.max(seen.rowAt, seen.busyUntil);
      return seen.rowAt > 0 && performance.now() - since > quietMs ? since : null;
    }, QUIET_MS);
    times.push(Number(await at.jsonValue()));
    scriptBytes = bytes;
    await context.close();
  }
  times.sort((a, b) => a - b);
  return {
    scriptBytes,
    interactiveMs: times[Math.floor(times.length / 2)] ?? NaN,
  };
}

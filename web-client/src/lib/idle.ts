/** What is done in one go before the browser is asked again. */
const AT_ONCE = 4;

const waiting = new Set<() => void>();
let isAsked = false;

function work(): void {
  isAsked = false;
  let done = 0;
  for (const run of waiting) {
    if (done === AT_ONCE) break;
    waiting.delete(run);
    run();
    done += 1;
  }
  ask();
}

function ask(): void {
  if (isAsked || waiting.size === 0) return;
  isAsked = true;
  // Safari has no idle callbacks.
  if ('requestIdleCallback' in window) window.requestIdleCallback(work);
  else setTimeout(work, 30);
}

/** Runs something when the browser has nothing else to do, little by little if there is much; the answer takes it back. */
export function whenIdle(run: () => void): () => void {
  waiting.add(run);
  ask();
  return () => void waiting.delete(run);
}

import { beforeEach, expect, test, vi } from 'vitest';

const LIST = '{"operationName":"TicketListPage","query":"query TicketListPage { tickets { totalCount } }"}';
const SIGN_IN = '{"operationName":"SignIn","query":"mutation SignIn { signIn { expiresAt } }"}';

/** The console at its beginning, with what early.js has asked. */
async function begin(asked: Record<string, Promise<Response>> = {}) {
  vi.resetModules();
  Object.assign(window, { deskwireEarly: new Map(Object.entries(asked)) });
  return import('./early');
}

const ask = (fetch: typeof globalThis.fetch, body: string) =>
  fetch('/graphql', { method: 'POST', body }).then((answer) => answer.text());

const kept = () => JSON.parse(localStorage.getItem('deskwire.first') ?? '{}') as Record<string, string[]>;

beforeEach(() => {
  localStorage.clear();
  vi.stubGlobal(
    'fetch',
    vi.fn(() => Promise.resolve(new Response('asked now'))),
  );
});

test('what was asked early is answered by that, once', async () => {
  const { earlyFetch } = await begin({ [LIST]: Promise.resolve(new Response('asked early')) });
  expect(await ask(earlyFetch, LIST)).toBe('asked early');
  expect(await ask(earlyFetch, LIST)).toBe('asked now');
});

test('an early request that failed is made again', async () => {
  const failed = Promise.reject(new TypeError('Failed to fetch'));
  const { earlyFetch } = await begin({ [LIST]: failed });
  expect(await ask(earlyFetch, LIST)).toBe('asked now');
});

test('when the first page is there, no early answer counts any more', async () => {
  const { earlyFetch, endEarly } = await begin({ [LIST]: Promise.resolve(new Response('asked early')) });
  endEarly('/tickets', true);
  expect(await ask(earlyFetch, LIST)).toBe('asked now');
});

test('what a first page asks is kept for its address; changes, and what comes later, are not', async () => {
  const { earlyFetch, endEarly } = await begin();
  await ask(earlyFetch, LIST);
  await ask(earlyFetch, SIGN_IN);
  endEarly('/tickets?status=all', true);
  await ask(earlyFetch, '{"query":"query Later { queues { id } }"}');
  expect(kept()).toEqual({ '/tickets?status=all': [LIST] });
});

test('nothing is kept of somebody who is not signed in, and nothing of somebody who has signed out', async () => {
  const first = await begin();
  await ask(first.earlyFetch, LIST);
  first.endEarly('/tickets', false);
  expect(kept()).toEqual({});
  const second = await begin();
  await ask(second.earlyFetch, LIST);
  second.endEarly('/tickets', true);
  expect(kept()).toEqual({ '/tickets': [LIST] });
  second.forgetEarly();
  expect(kept()).toEqual({});
});

test('the addresses that were opened last are kept', async () => {
  for (const number of Array.from({ length: 12 }, (_, at) => at)) {
    const { earlyFetch, endEarly } = await begin();
    await ask(earlyFetch, LIST);
    endEarly(`/tickets/${number}`, true);
  }
  expect(Object.keys(kept())).toHaveLength(8);
  expect(Object.keys(kept()).at(-1)).toBe('/tickets/11');
  expect(Object.keys(kept())).not.toContain('/tickets/3');
});

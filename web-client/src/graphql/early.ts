import { remember, remembered } from '@/lib/storage';

/** Requests that early.js has sent before the bundle was there, by body. */
const early = () => (window as { deskwireEarly?: Map<string, Promise<Response>> }).deskwireEarly;

/** What a first page asks, by its address; what was opened last stands last. early.js reads it. */
type Kept = Record<string, string[]>;

const KEY = 'first';
const ADDRESSES_MAX = 8;

const asked: string[] = [];
let isFirst = true;

/** `fetch` for the graph, which takes an answer that early.js has asked for already. */
export const earlyFetch: typeof fetch = (input, init) => {
  const body = init?.body;
  if (!isFirst || typeof body !== 'string' || !isQuery(body)) return fetch(input, init);
  asked.push(body);
  const answer = early()?.get(body);
  // Once: whoever asks the same again wants to know what is so now.
  early()?.delete(body);
  return answer ? answer.catch(() => fetch(input, init)) : fetch(input, init);
};

/** The first page is there. What it has asked will be asked early at this address, if somebody `isSignedIn`. */
export function endEarly(address: string, isSignedIn: boolean): void {
  isFirst = false;
  early()?.clear();
  if (!isSignedIn) return;
  const others = Object.entries(kept()).filter(([other]) => other !== address);
  remember(KEY, JSON.stringify(Object.fromEntries([...others.slice(1 - ADDRESSES_MAX), [address, asked]])));
}

/** Nothing of somebody who has signed out is asked again. */
export function forgetEarly(): void {
  remember(KEY, null);
}

function kept(): Kept {
  try {
    return JSON.parse(remembered(KEY) ?? '{}') as Kept;
  } catch {
    return {};
  }
}

function isQuery(body: string): boolean {
  return body.includes('"query":"query');
}

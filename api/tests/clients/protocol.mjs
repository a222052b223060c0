// What graphql-transport-ws wants a server to close a socket with
// (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md).
import assert from 'node:assert/strict';
import { WebSocket } from 'ws';
import { authorization, socketUrl } from './desk.mjs';

const init = { type: 'connection_init', payload: { authorization } };
const live = { id: '1', type: 'subscribe', payload: { query: 'subscription { queueUpdates { kind } }' } };

/** Sends these messages and waits for the close. */
function closed(...messages) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(socketUrl, 'graphql-transport-ws');
    socket.on('open', () => {
      for (const message of messages) socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    });
    socket.on('close', (code, reason) => resolve([code, reason.toString()]));
    socket.on('error', reject);
  });
}

const { id, ...anonymous } = live;
const cases = [
  ['4400 for what is no JSON', [4400, /./], closed('nonsense')],
  ['4400 for a message without a type', [4400, /./], closed({ id: '1' })],
  ['4400 for a message of no known type', [4400, /./], closed({ type: 'start' })],
  ['4400 for a subscribe without an id', [4400, /./], closed(init, anonymous)],
  ['4401 for a subscribe before the ack', [4401, /^Unauthorized$/], closed(live)],
  ['4403 for a token that does not hold', [4403, /^Forbidden$/],
    closed({ type: 'connection_init', payload: { authorization: 'Bearer dwt_x' } })],
  ['4408 without connection_init', [4408, /^Connection initialisation timeout$/], closed()],
  ['4409 for an id in use', [4409, /^Subscriber for 1 already exists$/], closed(init, live, live)],
  ['4409 with a long id', [4409, /^Subscriber for ééé/],
    closed(init, { ...live, id: 'é'.repeat(200) }, { ...live, id: 'é'.repeat(200) })],
  ['4429 for a second connection_init', [4429, /^Too many initialisation requests$/], closed(init, init)],
];
let failures = 0;
for (const [name, [code, reason], closing] of cases) {
  const [found, why] = await closing;
  const holds = found === code && reason.test(why);
  console.log(`${holds ? 'ok    ' : 'failed'} ${name}${holds ? '' : `: got ${found} ${why}`}`);
  if (!holds) failures += 1;
}
assert.equal(failures, 0);

// The graphql-ws client, unmodified: sign in, ask, subscribe, see a change, complete, come back, be refused.
import assert from 'node:assert/strict';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { LIVE, authorization, createTicket, cursor, email, password, run, socketUrl, withCookie } from './desk.mjs';

const subjects = (item) => item.value.data.queueUpdates.ticket.subject;

// A browser: the cookie of the sign-in is all that the socket needs.
const signIn = 'mutation($email: String!, $password: String!) { signIn(input: { email: $email, password: $password }) { user { name } } }';
const { data, response } = await run(signIn, { email, password }, {});
assert.equal(data.signIn.user.name, 'ada');
const [cookie] = response.headers.getSetCookie()[0].split(';');
const browser = createClient({ url: socketUrl, webSocketImpl: withCookie(cookie), retryAttempts: 0 });
const asked = await browser.iterate({ query: '{ viewer { user { name } } }' }).next();
assert.equal(asked.value.data.viewer.user.name, 'ada');
await browser.dispose();
console.log('signed in, asked');

// A program, with its token.
const connected = [];
const client = createClient({
  url: socketUrl,
  webSocketImpl: WebSocket,
  connectionParams: { authorization },
  retryAttempts: 3,
  on: { connected: () => connected.push(1) },
});
const invalid = await client.iterate({ query: '{ nonsense }' }).next().catch((errors) => errors);
assert.equal(invalid[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');

const start = await cursor();
const updates = client.iterate({ query: LIVE, variables: { after: start } });
await createTicket('Live');
const first = await updates.next();
assert.deepEqual([first.value.data.queueUpdates.kind, subjects(first)], ['ENTER', 'Live']);
await updates.return();
console.log('saw a change, completed');

// What happened while nobody listened comes first, once, then what happens from then on.
await createTicket('Away');
const resumed = client.iterate({ query: LIVE, variables: { after: first.value.data.queueUpdates.cursor } });
assert.equal(subjects(await resumed.next()), 'Away');
await createTicket('Back');
const back = await resumed.next();
assert.equal(subjects(back), 'Back');
console.log('resumed');

// The client connects again by itself, with the variables it began with.
client.terminate();
for (const subject of ['Away', 'Back']) assert.equal(subjects(await resumed.next()), subject);
await createTicket('Reconnected');
assert.equal(subjects(await resumed.next()), 'Reconnected');
assert.ok(connected.length >= 2);
await resumed.return();
await client.dispose();
console.log('reconnected');

const refused = createClient({
  url: socketUrl,
  webSocketImpl: WebSocket,
  connectionParams: { authorization: 'Bearer dwt_nonsense' },
  retryAttempts: 0,
});
const close = await refused.iterate({ query: '{ __typename }' }).next().catch((event) => event);
assert.equal(close.code, 4403);
console.log('refused');

// The desk under test, from the environment, and what every script needs of it.
import assert from 'node:assert/strict';
import { WebSocket } from 'ws';

export const { DESK_URL: url, DESK_TOKEN: token, DESK_EMAIL: email, DESK_PASSWORD: password } = process.env;
export const socketUrl = url.replace('http', 'ws');
export const authorization = `Bearer ${token}`;

/** Runs an operation over HTTP; fails when it has errors. */
export async function run(query, variables = {}, headers = { authorization }) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return { data, response };
}

export async function createTicket(subject) {
  const { data } = await run('mutation($s: String!) { createTicket(input: { subject: $s, body: "b" }) { cursor } }', {
    s: subject,
  });
  return data.createTicket.cursor;
}

/** The end of the log. */
export async function cursor() {
  const { data } = await run('{ tickets(first: 1) { streamCursor } }');
  return data.tickets.streamCursor;
}

/** A WebSocket that sends a session's cookie, as a browser does by itself. */
export function withCookie(cookie) {
  return class extends WebSocket {
    constructor(address, protocols) {
      super(address, protocols, { headers: { cookie } });
    }
  };
}

export const LIVE = `subscription($after: Cursor) {
  queueUpdates(after: $after) { kind cursor ticket { subject } }
}`;

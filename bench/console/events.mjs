// usage: node events.mjs URL COOKIE PER-SECOND ID… changes one ticket after the other through the API until it is stopped.
const [url, cookie, rate, ...ids] = process.argv.slice(2);
const PRIORITIES = ['LOW', 'NORMAL', 'HIGH', 'URGENT'];
const query =
  'mutation($input: ChangeTicketPriorityInput!) { changeTicketPriority(input: $input) { errors { code } } }';

let sent = 0;
let failed = 0;
async function change() {
  const at = sent++;
  const input = {
    id: ids[at % ids.length],
    priority: PRIORITIES[Math.floor(at / ids.length) % PRIORITIES.length],
  };
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const { data } = await answer.json();
  if (data?.changeTicketPriority?.errors.length !== 0) failed += 1;
}

const timer = setInterval(() => void change().catch(() => (failed += 1)), 1000 / Number(rate));
process.once('SIGTERM', () => {
  clearInterval(timer);
  console.log(JSON.stringify({ sent, failed }));
});

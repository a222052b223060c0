// Holds the desk against the GraphQL over HTTP specification: `node audit.mjs URL`.
import { serverAudits } from 'graphql-http';

const [url] = process.argv.slice(2);
const audits = serverAudits({ url });
let failures = 0;
for (const { fn } of audits) {
  // 'error' is a MUST, 'warn' a SHOULD and 'notice' a MAY that does not hold.
  const { id, name, status, reason } = await fn();
  console.log(`${status.padEnd(6)} ${id} ${name}${reason ? `: ${reason}` : ''}`);
  if (status !== 'ok') failures += 1;
}
console.log(`${audits.length} audits, ${failures} do not hold`);
process.exit(audits.length > 50 && failures === 0 ? 0 : 1);

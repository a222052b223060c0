import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launchBrowser, person, signIn } from '../../web-client/e2e/browser';
import { startDesk } from '../../web-client/e2e/desk';
import { interactive } from './first-page';
import { openings } from './openings';
import { scrolling } from './scrolling';
import { typing } from './typing';

/** How fast the console is in a real browser on a real desk; bench/README.md says what each figure means. */

const { values: options } = parseArgs({
  options: {
    program: { type: 'string' },
    tickets: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '5' },
  },
});
const tickets = Number(options.tickets);
const root = fileURLToPath(new URL('../..', import.meta.url));
const program = options.program === undefined ? undefined : resolve(root, options.program);
const desk = await startDesk(program === undefined ? {} : { program });
const browser = await launchBrowser();
try {
  await fill(tickets);
  const { page, context } = await person(browser, desk);
  await signIn(page, 'lea@demo.deskwire.local', '/tickets');
  const signedIn = await context.storageState();

  const first = await interactive(browser, desk.url, signedIn, Number(options.runs));
  const opened = await openings(page, 40);
  const typed = await typing(page, desk.url);
  const scrolled = await scrolling(page, tickets);

  const kib = (bytes: number) => (bytes / 1024).toFixed(1);
  const ms = (value: number) => value.toFixed(0);
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()}, Chromium ${browser.version()}`;
  console.log(`\nMachine  ${machine}`);
  console.log(`Program  ${options.program ?? 'target/debug/deskwire'}`);
  console.log(`Data     the demo desk and ${tickets} open tickets`);
  console.log('Command  ./dev bench console\n');
  print([
    ['what', 'figure', 'wanted'],
    ['JavaScript of the first page until it rests, KiB sent', kib(first.scriptBytes), '≤ 250'],
    ['interactive, processor 4 times slower, ms', ms(first.interactiveMs), '≤ 1500'],
    ['a ticket opened from the list after resting on it, p50 ms', ms(opened.p50), '≤ 100'],
    ['the same, p95 ms', ms(opened.p95), '≤ 100'],
    [`typing while ${typed.perSecond.toFixed(0)} events/s come in, frames/s`, typed.fps.toFixed(1), '≥ 50'],
    ['the same, longest frame ms', ms(typed.longestMs), ''],
    [`scrolling through ${scrolled.rows} rows, frames/s`, scrolled.fps.toFixed(1), '≥ 50'],
    ['the same, frames and longest ms', `${scrolled.frames}, ${ms(scrolled.longestMs)}`, ''],
    ['most rows in the page at once', String(scrolled.rowsInPage), ''],
  ]);
} finally {
  await browser.close();
  await desk.stop();
}

/** Brings in that many open tickets, as a desk takes them from another system. */
async function fill(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'deskwire-bench-'));
  const file = join(folder, 'tickets.jsonl');
  const line = (at: number) =>
    JSON.stringify({
      id: String(at),
      subject: `Order ${at} has not arrived`,
      body: `My order ${at} was due last week. Where is it?\n\nThank you`,
      requester_email: `customer${at % 500}@bench.example`,
      requester_name: `Customer ${at % 500}`,
    });
  writeFileSync(file, Array.from({ length: count }, (_, at) => line(at)).join('\n'));
  await desk.run('import', 'tickets', '--queue', 'Support', file);
  rmSync(folder, { recursive: true });
}

function print(rows: readonly (readonly string[])[]): void {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  for (const row of rows) {
    console.log(
      `  ${row.map((cell, at) => (at === 0 ? cell.padEnd(width(at)) : cell.padStart(width(at)))).join('  ')}`,
    );
  }
}

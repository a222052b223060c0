// What a browser has to fetch before the first list of tickets is shown, as it comes over the wire, against the budget.
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BUDGET_JS_BYTES = 250 * 1024;
const BUDGET_CSS_BYTES = 16 * 1024;
/** What is loaded for `/tickets` besides the page's own script: shell, list, and one language. */
const FIRST = ['index.html', 'src/i18n/en/index.ts'];

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const manifest = JSON.parse(readFileSync(`${dist}manifest.json`, 'utf8'));

const scripts = new Set();
const styles = new Set();
const seen = new Set();

function add(key) {
  if (seen.has(key)) return;
  seen.add(key);
  const entry = manifest[key];
  if (!entry)
    throw new Error(`${key} is not in the manifest: the list of what is loaded first is out of date.`);
  scripts.add(entry.file);
  for (const style of entry.css ?? []) styles.add(style);
  for (const other of entry.imports ?? []) add(other);
}
FIRST.forEach(add);

function bytesOf(file) {
  try {
    return statSync(`${dist}console/${file}.br`).size;
  } catch {
    return statSync(`${dist}console/${file}`).size;
  }
}
const sum = (files) => [...files].reduce((total, file) => total + bytesOf(file), 0);
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;

const largest = [...scripts].sort((a, b) => bytesOf(b) - bytesOf(a));
for (const file of largest) console.log(`  ${kib(bytesOf(file)).padStart(10)}  ${file}`);
let failed = false;
for (const [name, files, budget] of [
  ['JavaScript', scripts, BUDGET_JS_BYTES],
  ['CSS', styles, BUDGET_CSS_BYTES],
]) {
  const bytes = sum(files);
  console.log(`${name} before the first list: ${kib(bytes)} of ${kib(budget)} (brotli)`);
  failed ||= bytes > budget;
}
if (failed) {
  console.error(
    'The first page has become too large. Load what it does not need at first later (lazyRouteComponent).',
  );
  process.exit(1);
}

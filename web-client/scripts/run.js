// usage: node scripts/run.js FILE.ts ARGS… runs a TypeScript file, also where Node itself cannot yet.
import { runnerImport } from 'vite';

const [file, ...args] = process.argv.slice(2);
process.argv.splice(1, process.argv.length, file, ...args);
await runnerImport(file, { configFile: false, logLevel: 'error' });

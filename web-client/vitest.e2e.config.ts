import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** End to end: real desk, real browser. Run by `./dev test`, which starts the servers. */
export default defineConfig({
  // The list of pages is the router's own.
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  test: {
    include: ['e2e/**/*.e2e.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Each file starts a desk; two at a time are enough for a small machine.
    maxWorkers: 2,
  },
});

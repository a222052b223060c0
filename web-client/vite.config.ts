import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { documents } from './vite/documents.ts';
import { mantineStyles } from './vite/mantine-styles.ts';
import { themeVariables } from './vite/theme-variables.ts';

const desk = process.env.DESKWIRE_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [documents(), mantineStyles(), themeVariables(), react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: {
    port: 5173,
    // Cookies and sockets count on their own site only, so the page and the graph share this one.
    proxy: { '/graphql': { target: desk, ws: true }, '/graphiql': desk },
  },
  build: {
    // The folder above holds a file that is in the repository: the program embeds the folder, built or not.
    outDir: 'dist/console',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    // For scripts/size.js: which files the first page needs.
    manifest: 'manifest.json',
    // Small files stay files: the policy of the page allows no data: scripts, and caches keep files.
    assetsInlineLimit: 0,
    // scripts/size.js holds the sizes that count.
    chunkSizeWarningLimit: 1024,
    // One file for the first list and one for each page: each file costs a browser more than its bytes.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } } },
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}', 'vite/**/*.test.ts'],
    restoreMocks: true,
    // For machines that do something else beside.
    testTimeout: 30_000,
    // The whole page in the message hides what went wrong.
    env: { DEBUG_PRINT_LIMIT: '0' },
    css: { modules: { classNameStrategy: 'non-scoped' } },
  },
});

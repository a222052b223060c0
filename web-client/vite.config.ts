import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const desk = process.env.DESKWIRE_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  // The host stays the browser's own: the desk refuses requests and sockets of another origin.
  server: { proxy: { '/graphql': { target: desk, ws: true, changeOrigin: false } } },
  build: { target: 'es2022' },
  test: {
    environment: 'jsdom',
    setupFiles: './src/testing/setup.ts',
    include: ['src/**/*.test.{ts,tsx}'],
  },
});

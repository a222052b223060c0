// `./dev console`: a desk with demo data that moves, and Vite in front of it, until Ctrl-C.
import { createServer } from 'vite';
import { PASSWORD, startDesk } from './desk';

const desk = await startDesk({ demo: true, suggestions: process.env.NO_LEARNER === undefined });
process.env.DESKWIRE_URL = desk.url;
const vite = await createServer({ server: { port: Number(process.env.DESKWIRE_CONSOLE_PORT ?? 5173) } });
await vite.listen();
console.log(`\n  Desk      ${desk.url}\n  Sign in   ada@demo.deskwire.local, password ${PASSWORD}`);
vite.printUrls();

const stop = async () => {
  await vite.close();
  await desk.stop();
  process.exit(0);
};
process.once('SIGINT', () => void stop());
process.once('SIGTERM', () => void stop());

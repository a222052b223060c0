import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { countFrames, type Frames } from './frames';

const PER_SECOND = 20;
const TEXT =
  'Thank you for writing. We have looked into it and found the parcel in the depot at Lindau. '.repeat(2);

/** Writes a reply while another process changes tickets, the open one among them. */
export async function typing(page: Page, url: string): Promise<Frames & { perSecond: number }> {
  const answer = await page.request.post('/graphql', {
    data: {
      query: '{ tickets(first: 50, filter: { statuses: [OPEN] }) { nodes { id number } } }',
    },
  });
  const { data } = (await answer.json()) as {
    data: { tickets: { nodes: { id: string; number: number }[] } };
  };
  const nodes = data.tickets.nodes;
  await page.goto(`/tickets/${nodes[0]?.number ?? 0}`);
  const field = page.getByRole('textbox', { name: 'Reply', exact: true });
  await field.waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const ids = nodes.map((node) => node.id);
  // Half of the changes are made on the ticket that is open.
  const order = ids.flatMap((id) => [ids[0] ?? id, id]);
  const events = spawn(process.execPath, [
    join(import.meta.dirname, 'events.mjs'),
    url,
    cookie,
    String(PER_SECOND),
    ...order,
  ]);
  let said = '';
  events.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const started = Date.now();
  const frames = await countFrames(page, async () => {
    await field.click();
    await page.keyboard.type(TEXT, { delay: 60 });
  });
  const seconds = (Date.now() - started) / 1000;
  const over = new Promise((resolve) => events.once('close', resolve));
  events.kill('SIGTERM');
  await over;
  const { sent, failed } = JSON.parse(said) as { sent: number; failed: number };
  if (failed > 0) throw new Error(`The desk refused ${failed} of ${sent} changes.`);
  await field.fill('');
  return { ...frames, perSecond: sent / seconds };
}

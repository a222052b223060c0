import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { at as signedIn, complaints, createTicket, graph, launchBrowser, leave } from './browser';
import { startDesk, type Desk } from './desk';

let desk: Desk;
let browser: Browser;

beforeAll(async () => {
  [desk, browser] = await Promise.all([startDesk(), launchBrowser()]);
});

afterEach(({ task }) => leave(browser, task));

afterAll(async () => {
  await browser.close();
  await desk.stop();
});

const at = (email: string, path?: string) => signedIn(browser, desk, email, path);
const property = (page: Page, name: string) => page.getByRole('button', { name: `Change ${name}` });
const choose = async (page: Page, name: string, value: string) => {
  await property(page, name).click();
  await page.getByRole('option', { name: value }).click();
};

/** Two agents in front of a new ticket that nobody has claimed. */
async function bothOnOne(subject: string): Promise<{ ada: Page; chloe: Page; number: number }> {
  const ada = await at('ada@demo.deskwire.local', '/views/mine');
  const chloe = await at('chloe@demo.deskwire.local', '/views/mine');
  const number = await createTicket(ada, subject);
  for (const page of [ada, chloe]) {
    await page.goto(`/tickets/${number}`);
    await page.getByRole('heading', { name: subject }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
  }
  return { ada, chloe, number };
}

test('two agents claim at the same moment: one has it, and the other learns who', async () => {
  const { ada, chloe, number } = await bothOnOne('Both want this one');
  // Neither request leaves before both are on their way.
  const waiting: (() => void)[] = [];
  for (const page of [ada, chloe]) {
    await page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('claimTicket')) {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          if (waiting.length === 2) for (const go of waiting) go();
        });
      }
      await route.continue();
    });
  }
  await Promise.all([ada.keyboard.press('c'), chloe.keyboard.press('c')]);
  const late = (page: Page) => page.getByText('was quicker and has claimed this ticket');
  const loser = await Promise.any(
    [ada, chloe].map((page) =>
      late(page)
        .waitFor()
        .then(() => page),
    ),
  );
  const [winner, name] = loser === ada ? [chloe, 'Chloé Martin'] : [ada, 'Ada Okafor'];
  await loser.getByText(`${name} was quicker`).waitFor();
  for (const page of [ada, chloe]) await property(page, 'Assignee').getByText(name).waitFor();
  expect(await late(winner).count()).toBe(0);
  const claims = (await desk.sql(
    'SELECT u.name FROM tickets t JOIN users u ON u.id = t.assignee_id WHERE t.number = ?',
    [number],
  )) as { name: string }[];
  expect(claims).toEqual([{ name }]);
  for (const page of [ada, chloe]) expect(complaints(page)).toEqual([]);
});

test('a reply and a note by keyboard: each once, in both browsers, and the draft of a colleague stays', async () => {
  const { ada, chloe } = await bothOnOne('Bottle holder rattles');
  const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
  await field(chloe, 'Reply').fill('I am writing this meanwhile');

  await ada.keyboard.press('n');
  await ada.keyboard.type('Same as last week');
  await ada.keyboard.press('Control+Enter');
  await ada.getByRole('article', { name: 'Internal note by Ada Okafor' }).waitFor();
  await ada.keyboard.press('Escape');
  await ada.keyboard.press('r');
  await ada.keyboard.type('Please tighten the two screws.');
  await ada.getByRole('button', { name: 'Send and solve' }).click();
  await property(ada, 'Status').getByText('Solved').waitFor();

  await chloe.getByRole('article', { name: 'Reply by Ada Okafor' }).getByText('two screws').waitFor();
  await property(chloe, 'Status').getByText('Solved').waitFor();
  for (const page of [ada, chloe]) {
    await expect.poll(() => page.getByRole('article').count()).toBe(3);
    expect(await page.getByRole('article', { name: 'Internal note by Ada Okafor' }).count()).toBe(1);
  }
  expect(await field(ada, 'Reply').inputValue()).toBe('');
  expect(await field(chloe, 'Reply').inputValue()).toBe('I am writing this meanwhile');
  await ada.reload();
  await ada.getByRole('article', { name: 'Internal note by Ada Okafor' }).waitFor();
  expect(await ada.getByRole('article').count()).toBe(3);
  for (const page of [ada, chloe]) expect(complaints(page)).toEqual([]);
});

test('a change that another one has overtaken shows whose, and is kept or taken', async () => {
  const { ada, chloe } = await bothOnOne('Brakes squeal');
  const dialog = ada.getByRole('dialog', { name: 'Somebody was quicker' });

  await property(ada, 'Priority').click();
  await choose(chloe, 'Priority', 'High');
  await property(ada, 'Priority').getByText('High').waitFor();
  await ada.getByRole('option', { name: 'Low' }).click();
  await dialog.getByText(/Chloé Martin changed this ticket/).waitFor();
  await dialog.getByRole('row', { name: 'Priority Normal High' }).waitFor();
  await dialog.getByText('Your change: Priority → Low').waitFor();
  await dialog.getByRole('button', { name: 'Keep as it is now' }).click();
  await dialog.waitFor({ state: 'detached' });
  for (const page of [ada, chloe]) await property(page, 'Priority').getByText('High').waitFor();

  await property(ada, 'Priority').click();
  await choose(chloe, 'Priority', 'Urgent');
  await property(ada, 'Priority').getByText('Urgent').waitFor();
  await ada.getByRole('option', { name: 'Low' }).click();
  await dialog.getByRole('button', { name: 'Make my change' }).click();
  for (const page of [ada, chloe]) await property(page, 'Priority').getByText('Low').waitFor();
  for (const page of [ada, chloe]) expect(complaints(page)).toEqual([]);
});

test('who is on a ticket, and who is writing, is seen while it is so', async () => {
  const { ada, chloe } = await bothOnOne('Saddle post slips');
  const others = ada.getByRole('status', { name: 'Also here' });
  await others.getByText('Chloé Martin is looking at this ticket').waitFor({ state: 'attached' });
  await chloe.getByRole('textbox', { name: 'Reply', exact: true }).pressSequentially('Have you');
  await others.getByText('Chloé Martin is writing').waitFor();
  await chloe.getByRole('button', { name: 'Send', exact: true }).click();
  await others.getByText('Chloé Martin is looking at this ticket').waitFor({ state: 'attached' });
  await chloe.context().close();
  await expect.poll(() => others.innerText()).toBe('');
  expect(complaints(ada)).toEqual([]);
});

test('a change of many tickets at once says which one did not take it', async () => {
  const ada = await at('ada@demo.deskwire.local', '/tickets');
  const lea = await at('lea@demo.deskwire.local', '/views/mine');
  const numbers: number[] = [];
  await ada.getByRole('navigation', { name: 'Navigation' }).hover();
  for (const subject of ['Bulk one', 'Bulk two', 'Bulk three'])
    numbers.push(await createTicket(ada, subject));
  for (const number of numbers) {
    await ada.getByRole('checkbox', { name: `Select ticket ${number}` }).check();
  }
  // The second one is closed under the selection.
  const found = (await graph(lea, 'query($number: Int!) { ticket(number: $number) { id } }', {
    number: numbers[1] ?? 0,
  })) as { ticket: { id: string } };
  await graph(
    lea,
    'mutation($input: ChangeTicketStatusInput!) { changeTicketStatus(input: $input) { errors { code } } }',
    { input: { id: found.ticket.id, status: 'CLOSED' } },
  );
  await ada.getByText('Not in this list any more').waitFor();

  const toolbar = ada.getByRole('toolbar', { name: 'Selected tickets' });
  await toolbar.getByText('3 selected').waitFor();
  await toolbar.getByRole('button', { name: 'Change Status' }).click();
  await ada.getByRole('option', { name: 'Pending' }).click();
  await ada.getByText('2 tickets changed').waitFor();
  await ada.getByRole('button', { name: '1 ticket did not change' }).click();
  const failures = ada.getByRole('dialog', { name: '1 ticket did not change' });
  await failures.getByText(`#${numbers[1] ?? 0}`).waitFor();
  await failures.getByText('It cannot go to this status from where it stands.').waitFor();
  await failures.getByRole('button', { name: 'Close' }).click();
  await ada.getByRole('button', { name: 'Done' }).click();
  const states = (await desk.sql('SELECT status FROM tickets WHERE subject LIKE ? ORDER BY number', [
    'Bulk %',
  ])) as { status: string }[];
  expect(states.map((one) => one.status.toUpperCase())).toEqual(['PENDING', 'CLOSED', 'PENDING']);
  expect(complaints(ada)).toEqual([]);
});

test('a long conversation opens at its end, follows what is said, and stays where somebody reads', async () => {
  const { ada, chloe, number } = await bothOnOne('A long story');
  const { ticket } = (await graph(ada, 'query($number: Int!) { ticket(number: $number) { id } }', {
    number,
  })) as { ticket: { id: string } };
  const say = (body: string) =>
    graph(ada, 'mutation($input: AddMessageInput!) { addReply(input: $input) { errors { code } } }', {
      input: { ticketId: ticket.id, body },
    });
  for (let part = 1; part <= 12; part += 1) await say(`Part ${part}\n\n${'It goes on. '.repeat(60)}`);
  await chloe.reload();
  const shown = (text: string) => chloe.getByText(text, { exact: false }).first();
  const isInView = async (text: string) => {
    const box = await shown(text).boundingBox();
    return box !== null && box.y + box.height > 0 && box.y < 900;
  };
  await shown('Part 12').waitFor();
  expect(await isInView('Part 12')).toBe(true);
  expect(await isInView('It does not work any more.')).toBe(false);
  await chloe.getByText('Live', { exact: true }).waitFor();

  await say('And the end');
  await shown('And the end').waitFor();
  await expect.poll(() => isInView('And the end')).toBe(true);

  await shown('Part 3').scrollIntoViewIfNeeded();
  const toEnd = chloe.getByRole('button', { name: 'To the newest message' });
  await toEnd.waitFor();
  await say('One more thing');
  await shown('One more thing').waitFor();
  expect(await isInView('Part 3')).toBe(true);
  expect(await isInView('One more thing')).toBe(false);
  await toEnd.click();
  await expect.poll(() => isInView('One more thing')).toBe(true);
  for (const page of [ada, chloe]) expect(complaints(page)).toEqual([]);
});

import { waitFor, within } from '@testing-library/react';
import './pages/model-version-page';
import './pages/models-page';
import { expect, test } from 'vitest';
import type { ModelRollout, ModelVersion } from '@/graphql/generated/schema';
import type { Answers, Part } from '@/testing/desk';
import { ada, user } from '@/testing/records';
import { renderConsole, screen } from '@/testing/render';

const root = user({ id: 'user_root', name: 'Rut Adler', email: 'rut@desk.example', role: 'ADMIN' });
const ended = { hasNextPage: false, endCursor: null };

const metrics = {
  heldBackTickets: 40,
  heldBack: {
    accuracy: 0.83,
    coverage: 0.7,
    classes: [{ label: 'Billing', precision: 0.9, recall: 0.6, f1: 0.72, tickets: 20, suggested: 14 }],
  },
};

function version(number: number, part: Part<ModelVersion> = {}): Part<ModelVersion> {
  return {
    __typename: 'ModelVersion',
    id: `model_${number}`,
    kind: 'CATEGORY',
    number,
    threshold: 0.6,
    metrics,
    artifactHash: 'c0ffee',
    confusion: { Billing: { Billing: 12, Shipping: 8 }, Shipping: { Shipping: 20 } },
    parameters: { features: { word_bits: 14 } },
    trainingData: { tickets: 300, perLabel: { Billing: 180, Shipping: 120 } },
    ...part,
  };
}

function rollout(part: Part<ModelRollout> = {}): Part<ModelRollout> {
  return {
    kind: 'CATEGORY',
    stage: 'IDLE',
    revision: 4,
    enabled: true,
    champion: version(1),
    candidate: null,
    previous: null,
    history: { nodes: [], pageInfo: ended },
    ...part,
  };
}

const inCanary = (part: Part<ModelRollout> = {}) =>
  rollout({ stage: 'CANARY', percent: 10, candidate: version(2), revision: 5, ...part });

const open = (answers: Answers = {}, viewer = root, path = '/models') =>
  renderConsole(path, {
    viewer,
    answers: {
      Query: {
        modelRollout: () => rollout(),
        modelVersions: () => [version(2), version(1)],
        modelRuns: () => ({ nodes: [], pageInfo: ended }),
        modelSchedules: () => [],
        suggestionFigures: () => [],
        suggestionCalibration: () => ({ count: 0 }),
        categoryProposals: () => [],
        node: ({ id }: { id: string }) =>
          id === 'model_1' ? version(1, { unpredictableCategories: [], retiredLabels: [] }) : null,
        ...answers.Query,
      },
      ...(answers.Mutation ? { Mutation: answers.Mutation } : {}),
    },
  });

const part = async (name: string) => within(await screen.findByRole('region', { name }));
const dialog = async (name: string | RegExp) => within(await screen.findByRole('dialog', { name }));

test('whoever is no admin reads which versions there are, and can change nothing', async () => {
  const { desk } = await open({}, ada);
  expect(await (await part('Champion')).findByRole('link', { name: 'Version 1' })).toBeVisible();
  expect(await screen.findByRole('cell', { name: 'Version 2' })).toBeVisible();
  expect(screen.queryByRole('button', { name: /Actions of/ })).toBeNull();
  expect(screen.queryByRole('region', { name: 'Training' })).toBeNull();
  expect(screen.queryByRole('region', { name: 'Perhaps missing categories' })).toBeNull();
  expect(desk.argsOf('modelRuns')).toEqual([]);
});

test('a version is started in shadow after a question, for the revision that was looked at', async () => {
  let now = rollout();
  const { user: person, desk } = await open({
    Query: { modelRollout: () => now },
    Mutation: {
      startShadow: () => {
        now = rollout({ stage: 'SHADOW', candidate: version(2), revision: 5 });
        return { rollout: now, errors: [] };
      },
    },
  });
  await person.click(await screen.findByRole('button', { name: 'Actions of Version 2' }));
  await person.click(await screen.findByRole('menuitem', { name: 'Start shadow' }));
  const question = await dialog('Start version 2 in shadow?');
  expect(question.getByText(/nobody is shown what it says/)).toBeVisible();
  expect(desk.argsOf('startShadow')).toEqual([]);
  await person.click(question.getByRole('button', { name: 'Start shadow' }));
  const candidate = await part('Candidate');
  expect(await candidate.findByText(/Shadow: scores every ticket/)).toBeVisible();
  expect(desk.argsOf('startShadow')).toEqual([
    { input: { kind: 'CATEGORY', versionId: 'model_2', expectedRevision: 4 } },
  ]);
});

test('a stale step is refused and shows what is true now; the next try is about that', async () => {
  let now = inCanary();
  const { user: person, desk } = await open({
    Query: { modelRollout: () => now },
    Mutation: {
      startCanary: () => {
        now = inCanary({ revision: 6, percent: 30 });
        return {
          rollout: now,
          errors: [{ code: 'CONFLICT', message: 'stale', path: 'expectedRevision' }],
        };
      },
    },
  });
  await person.click(await screen.findByRole('button', { name: 'Change share' }));
  const form = await dialog('Start version 2 in canary?');
  const field = form.getByRole('textbox', { name: 'Share of the tickets' });
  await person.clear(field);
  await person.type(field, '25');
  await person.click(form.getByRole('button', { name: 'Start canary' }));
  expect(await form.findByText('Somebody has changed it meanwhile.')).toBeVisible();
  expect(field).toHaveValue('25 %');
  expect(await screen.findByText('Canary: serves 30% of the tickets')).toBeVisible();
  desk.answer({
    Mutation: {
      startCanary: () => {
        now = inCanary({ revision: 7, percent: 25 });
        return { rollout: now, errors: [] };
      },
    },
  });
  await person.click(form.getByRole('button', { name: 'Start canary' }));
  expect(await screen.findByText('Canary: serves 25% of the tickets')).toBeVisible();
  expect(desk.argsOf('startCanary')).toEqual([
    { input: { kind: 'CATEGORY', percent: 25, expectedRevision: 5 } },
    { input: { kind: 'CATEGORY', percent: 25, expectedRevision: 6 } },
  ]);
});

test('a promotion that a gate refuses asks for a reason, which is sent with it', async () => {
  let now = inCanary();
  const { user: person, desk } = await open({
    Query: { modelRollout: () => now },
    Mutation: {
      promoteModel: ({ input }: { input: { overrideReason?: string } }) => {
        if (input.overrideReason === undefined) {
          const message = 'it was not validated';
          return { rollout: now, errors: [{ code: 'NEEDS_OVERRIDE', message, path: 'overrideReason' }] };
        }
        now = rollout({ champion: version(2), previous: version(1), revision: 6 });
        return { rollout: now, errors: [] };
      },
    },
  });
  await person.click(await screen.findByRole('button', { name: 'Promote' }));
  const form = await dialog('Promote version 2?');
  expect(form.queryByRole('textbox')).toBeNull();
  await person.click(form.getByRole('button', { name: 'Promote' }));
  expect(await form.findByText('it was not validated')).toBeVisible();
  await person.type(form.getByRole('textbox', { name: 'Reason to do it all the same' }), 'Tried by hand');
  await person.click(form.getByRole('button', { name: 'Promote' }));
  const champion = await part('Champion');
  expect(await champion.findByRole('link', { name: 'Version 2' })).toBeVisible();
  expect(desk.argsOf('promoteModel')[1]).toEqual({
    input: { kind: 'CATEGORY', expectedRevision: 5, overrideReason: 'Tried by hand' },
  });
});

test('going back needs a reason, which is refused at its field', async () => {
  const { user: person, desk } = await open({
    Query: { modelRollout: () => rollout({ champion: version(2), previous: version(1) }) },
    Mutation: {
      rollBackModel: () => ({
        rollout: null,
        errors: [{ code: 'INVALID', message: 'say why', path: 'reason' }],
      }),
    },
  });
  await person.click(await screen.findByRole('button', { name: 'Roll back' }));
  const form = await dialog('Roll back the model for Category?');
  expect(form.getByText(/Version 1 suggests again, in place of version 2/)).toBeVisible();
  await person.click(form.getByRole('button', { name: 'Roll back' }));
  expect(await form.findByText('say why')).toBeVisible();
  expect(form.getByRole('textbox', { name: 'Reason' })).toBeInvalid();
  expect(desk.argsOf('rollBackModel')).toHaveLength(1);
});

test('what the desk took back shows live, with the evidence', async () => {
  const step = {
    id: 'step_9',
    action: 'ROLLED_BACK_AUTOMATICALLY' as const,
    version: version(2),
    reason: 'overridden more often',
    evidence: {
      findings: [
        { signal: 'overrides', message: 'people overrode 40 %', trial: 0.4, control: 0.1, threshold: 20 },
      ],
      trial: { sample: 120 },
      control: { sample: 900 },
    },
    rollout: rollout({ revision: 6 }),
  };
  let now = inCanary();
  const { desk } = await open({ Query: { modelRollout: () => now } });
  await screen.findByText('Canary: serves 10% of the tickets');
  now = rollout({ revision: 6, history: { nodes: [step], pageInfo: ended } });
  await waitFor(() => expect(desk.subscribers('modelRolloutUpdates')).toBe(1));
  await desk.push('modelRolloutUpdates', now);
  expect(await screen.findByText('No version is on trial.')).toBeVisible();
  const history = await part('History of the rollout');
  expect(await history.findByText('Taken back by the desk')).toBeVisible();
  expect(history.getByRole('cell', { name: 'people overrode 40 %' })).toBeVisible();
  expect(history.getByText(/Of 120 suggestions on trial and 900 of the other/)).toBeVisible();
});

test('a training is started, followed live, and its failure is told', async () => {
  const run = { id: 'modelrun_1', kind: 'CATEGORY' as const, state: 'QUEUED' as const, requestedBy: root };
  let runs: (typeof run)[] = [];
  const { user: person, desk } = await open({
    Query: { modelRuns: () => ({ nodes: runs, pageInfo: ended }) },
    Mutation: {
      trainModel: () => ({
        run: null,
        errors: [{ code: 'INVALID', message: '2 to 1000', path: 'minimumPerLabel' }],
      }),
    },
  });
  const training = await part('Training');
  await person.click(await training.findByRole('button', { name: 'Train' }));
  const form = await dialog('Train a model for Category');
  const field = form.getByRole('textbox', { name: 'Least tickets per label' });
  await person.clear(field);
  await person.type(field, '1');
  await person.click(form.getByRole('button', { name: 'Train' }));
  expect(await form.findByText('2 to 1000')).toBeVisible();
  expect(field).toHaveValue('1');
  runs = [run];
  desk.answer({ Mutation: { trainModel: () => ({ run, errors: [] }) } });
  await person.click(form.getByRole('button', { name: 'Train' }));
  expect(await training.findByText('Queued')).toBeVisible();
  await waitFor(() => expect(desk.subscribers('modelRunUpdates')).toBe(1));
  await desk.push('modelRunUpdates', { ...run, state: 'RUNNING', step: 'FITTING', done: 0.4 });
  expect(await training.findByText('Fitting on all tickets · 40%')).toBeVisible();
  expect(training.getByRole('progressbar', { name: 'Progress of the training' })).toHaveAttribute(
    'aria-valuenow',
    '40',
  );
  await desk.push('modelRunUpdates', { ...run, state: 'FAILED', error: 'too few tickets' });
  expect(await training.findByText('too few tickets')).toBeVisible();
  expect(training.queryByRole('button', { name: 'Cancel training' })).toBeNull();
});

test('a training is cancelled after a question, and says so until it has ended', async () => {
  const run = { id: 'modelrun_1', kind: 'CATEGORY' as const, state: 'RUNNING' as const, requestedBy: root };
  const { user: person, desk } = await open({
    Query: { modelRuns: () => ({ nodes: [run], pageInfo: ended }) },
    Mutation: {
      cancelModelRun: () => ({ run: { ...run, cancelRequested: true }, errors: [] }),
    },
  });
  const training = await part('Training');
  await person.click(await training.findByRole('button', { name: 'Cancel training' }));
  const question = await dialog('Cancel this training?');
  expect(desk.argsOf('cancelModelRun')).toEqual([]);
  await person.click(question.getByRole('button', { name: 'Cancel training' }));
  expect(await training.findByRole('button', { name: 'Ends in a moment' })).toBeDisabled();
  expect(desk.argsOf('cancelModelRun')).toEqual([{ input: { id: 'modelrun_1' } }]);
  await desk.push('modelRunUpdates', { ...run, state: 'CANCELLED', cancelRequested: true });
  expect(await training.findByText('Cancelled')).toBeVisible();
  expect(training.queryByRole('button', { name: 'Ends in a moment' })).toBeNull();
});

test('a schedule is made; what the desk refuses stands at its field and stays as typed', async () => {
  const { user: person, desk } = await open({
    Mutation: {
      setModelSchedule: () => ({
        schedule: null,
        errors: [{ code: 'INVALID', message: '1 to 8760', path: 'everyHours' }],
      }),
    },
  });
  const training = await part('Training');
  expect(await training.findByText(/Not trained by itself/)).toBeVisible();
  await person.click(training.getByRole('button', { name: 'Change schedule' }));
  const form = await dialog('Training schedule for Category');
  const hours = form.getByRole('textbox', { name: 'Hours between two trainings' });
  await person.clear(hours);
  await person.type(hours, '0');
  await person.click(form.getByRole('button', { name: 'Save' }));
  expect(await form.findByText('1 to 8760')).toBeVisible();
  expect(hours).toHaveValue('0');
  const schedule = { id: 'schedule_1', kind: 'CATEGORY' as const, nextRunAt: '2026-11-29T09:00:00Z' };
  desk.answer({
    Mutation: {
      setModelSchedule: ({ input }: { input: { everyHours: number; minimumNewLabels: number } }) => ({
        schedule: { ...schedule, ...input, enabled: true },
        errors: [],
      }),
    },
    Query: {
      modelSchedules: () => [{ ...schedule, everyHours: 12, minimumNewLabels: 50, enabled: true }],
    },
  });
  await person.clear(hours);
  await person.type(hours, '12');
  await person.click(form.getByRole('button', { name: 'Save' }));
  expect(await training.findByText(/Trained by itself every 12 hours with at least 50/)).toBeVisible();
  expect(desk.argsOf('setModelSchedule').at(-1)).toEqual({
    input: { kind: 'CATEGORY', everyHours: 12, minimumNewLabels: 50, enabled: true },
  });
});

test('of the guards only what was changed is sent, for the revision that was looked at', async () => {
  const guards = { alpha: 0.05, minimumDecided: 30, shift: 0.1 };
  const { user: person, desk } = await open({
    Query: { modelRollout: () => rollout({ guards }) },
    Mutation: {
      setModelGuards: () => ({
        rollout: rollout({ guards: { ...guards, alpha: 0.01 }, revision: 5 }),
        errors: [],
      }),
    },
  });
  await person.click(await screen.findByRole('button', { name: 'Actions of Category' }));
  await person.click(await screen.findByRole('menuitem', { name: 'Change guards' }));
  const form = await dialog('Guards for Category');
  const alpha = form.getByRole('textbox', { name: 'Chance of a false alarm' });
  expect(alpha).toHaveValue('0.05');
  await person.clear(alpha);
  await person.type(alpha, '0.01');
  await person.click(form.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(desk.argsOf('setModelGuards')).toEqual([
    { input: { kind: 'CATEGORY', expectedRevision: 4, alpha: 0.01 } },
  ]);
});

test('a version’s page shows figures by label, what was confused, and what it learned from', async () => {
  await open({}, ada, '/models/versions/model_1');
  expect(await screen.findByRole('heading', { name: 'Category, version 1' })).toBeVisible();
  const labels = within(await screen.findByRole('table', { name: 'By label' }));
  expect(labels.getByRole('row', { name: /Billing.*90%.*60%/ })).toBeVisible();
  const matrix = within(screen.getByRole('table', { name: 'Confusion matrix' }));
  const billing = within(matrix.getByRole('row', { name: /1 Billing/ }));
  expect(billing.getAllByRole('cell').map((cell) => cell.textContent)).toEqual(['12', '8']);
  const pairs = within(screen.getByRole('table', { name: 'Most often confused' }));
  expect(pairs.getByRole('row', { name: /Billing Shipping 8/ })).toBeVisible();
  const learned = within(screen.getByRole('table', { name: 'Tickets per label' }));
  expect(learned.getByRole('row', { name: /Shipping 120/ })).toBeVisible();
  expect(screen.getByText('features.word_bits')).toBeVisible();
});

test('weeks are drawn, and said in a table beside', async () => {
  await open({
    Query: {
      suggestionFigures: () => [
        { week: '2026-W47', count: 10, acceptance: 0.5, coverage: 0.8, accuracy: null },
        { week: '2026-W48', count: 20, acceptance: 0.75, coverage: 0.9, accuracy: 0.8 },
      ],
    },
  });
  expect(
    await screen.findByRole('img', { name: 'Acceptance, coverage and accuracy per week' }),
  ).toBeVisible();
  const table = within(screen.getByRole('table', { name: 'What became of suggestions' }));
  expect(table.getByRole('row', { name: /2026-W48 20 75% 90% 80%/ })).toBeVisible();
  expect(table.getByRole('row', { name: /2026-W47 10 50% 80% –/ })).toBeVisible();
});

test('a proposal is adopted; a name that is taken is refused at its field', async () => {
  let proposals = [{ id: 'proposal_1', size: 31, words: ['helmet', 'visor'], tickets: [] }];
  const { user: person, desk } = await open({
    Query: { categoryProposals: () => proposals },
    Mutation: {
      adoptCategoryProposal: () => ({
        errors: [{ code: 'ALREADY_EXISTS', message: 'taken', path: 'name' }],
      }),
    },
  });
  const missing = await part('Perhaps missing categories');
  expect(await missing.findByText('helmet, visor')).toBeVisible();
  await person.click(missing.getByRole('button', { name: 'Make category' }));
  const form = await dialog('Make a category of this group');
  await person.type(form.getByRole('textbox', { name: 'Name of the category' }), 'Helmets');
  await person.click(form.getByRole('button', { name: 'Make category' }));
  expect(await form.findByText('Another one has this name or address already.')).toBeVisible();
  proposals = [];
  desk.answer({ Mutation: { adoptCategoryProposal: () => ({ errors: [], labelled: 31 }) } });
  await person.click(form.getByRole('button', { name: 'Make category' }));
  expect(await missing.findByText('No category seems to be missing.')).toBeVisible();
  expect(desk.argsOf('adoptCategoryProposal')[1]).toEqual({
    input: { id: 'proposal_1', name: 'Helmets', label: true },
  });
});

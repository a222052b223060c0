/** What the figures that come as JSON hold. Fields that are not there are null: other releases wrote others. */

export type LabelMeasures = {
  id: string;
  label: string;
  precision: number | null;
  recall: number | null;
  f1: number | null;
  tickets: number | null;
  suggested: number | null;
};

export const overall = [
  'accuracy',
  'precision',
  'coverage',
  'macro_f1',
  'top3',
  'ece',
  'kappa',
  'abstained_unknown',
  'auroc_unknown',
] as const;
export type Measure = (typeof overall)[number];

/** A figure of the held-back tickets. */
export function measureOf(metrics: unknown, name: Measure): number | null {
  return numberAt(recordAt(metrics, 'heldBack') ?? metrics, name);
}

export function heldBackTickets(metrics: unknown): number | null {
  return numberAt(metrics, 'heldBackTickets');
}

/** Precision and recall of each label on the held-back tickets. */
export function labelMeasures(metrics: unknown): LabelMeasures[] {
  const classes = recordAt(metrics, 'heldBack')?.classes;
  if (!Array.isArray(classes)) return [];
  const rows = classes.map((one: unknown) => {
    const label = textAt(one, 'label');
    const at = (name: string) => numberAt(one, name);
    return {
      id: label,
      label,
      precision: at('precision'),
      recall: at('recall'),
      f1: at('f1'),
      tickets: at('tickets'),
      suggested: at('suggested'),
    };
  });
  return rows.sort((a, b) => inOrder(a.label, b.label));
}

const PRIORITIES = ['low', 'normal', 'high', 'urgent'];

/** Priorities by what they ask for, categories by name. */
function inOrder(a: string, b: string): number {
  const [one, other] = [PRIORITIES.indexOf(a), PRIORITIES.indexOf(b)];
  return one >= 0 && other >= 0 ? one - other : a.localeCompare(b);
}

export type Confusions = {
  labels: string[];
  count: (truth: string, suggested: string) => number;
  /** What was mistaken for what, most often first. */
  pairs: { id: string; truth: string; suggested: string; count: number }[];
};

/** Held-back tickets by right and suggested label; null where they were not counted. */
export function confusionOf(json: unknown): Confusions | null {
  const rows = asRecord(json);
  if (!rows || Object.keys(rows).length === 0) return null;
  const count = (truth: string, suggested: string) => numberAt(rows[truth], suggested) ?? 0;
  const names = Object.entries(rows).flatMap(([truth, row]) => [truth, ...Object.keys(asRecord(row) ?? {})]);
  const labels = [...new Set(names)].sort(inOrder);
  const pairs = labels
    .flatMap((truth) =>
      labels.map((suggested) => ({
        id: `${truth}→${suggested}`,
        truth,
        suggested,
        count: truth === suggested ? 0 : count(truth, suggested),
      })),
    )
    .filter((pair) => pair.count > 0)
    .sort((a, b) => b.count - a.count);
  return { labels, count, pairs };
}

/** Nested settings as lines such as `features.word_bits: 14`. */
export function linesOf(json: unknown, prefix = ''): { id: string; value: string }[] {
  const fields = asRecord(json);
  if (!fields) return [];
  return Object.entries(fields).flatMap(([name, value]) => {
    const id = prefix + name;
    const inner = asRecord(value);
    if (inner) return linesOf(inner, `${id}.`);
    if (value === null || value === undefined) return [];
    return [{ id, value: typeof value === 'string' ? value : JSON.stringify(value) }];
  });
}

/** Tickets of each label it learned from, most first. */
export function ticketsPerLabel(trainingData: unknown): { id: string; tickets: number }[] {
  return Object.entries(recordAt(trainingData, 'perLabel') ?? {})
    .map(([id, tickets]) => ({ id, tickets: Number(tickets) }))
    .sort((a, b) => b.tickets - a.tickets);
}

export type Finding = {
  message: string;
  trial: number | null;
  control: number | null;
  threshold: number | null;
};

/** Why the desk took a version back, or what the comparison before a promotion said. */
export type Evidence = {
  findings: Finding[];
  samples: { trial: number | null; control: number | null } | null;
  validation: { verdict: string; sample: number | null; low: number | null; high: number | null } | null;
};

export function evidenceOf(json: unknown): Evidence | null {
  const fields = asRecord(json);
  if (!fields) return null;
  const findings = Array.isArray(fields.findings) ? fields.findings : [];
  const validation = asRecord(fields.validation);
  return {
    findings: findings.map((one: unknown) => ({
      message: textAt(one, 'message'),
      trial: numberAt(one, 'trial'),
      control: numberAt(one, 'control'),
      threshold: numberAt(one, 'threshold'),
    })),
    samples: fields.trial
      ? { trial: numberAt(fields.trial, 'sample'), control: numberAt(fields.control, 'sample') }
      : null,
    validation: validation && {
      verdict: textAt(validation, 'verdict'),
      sample: numberAt(validation, 'sample'),
      low: numberAt(validation, 'low'),
      high: numberAt(validation, 'high'),
    },
  };
}

type Fields = Record<string, unknown>;

function asRecord(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function recordAt(value: unknown, name: string): Fields | null {
  return asRecord(asRecord(value)?.[name]);
}

function numberAt(value: unknown, name: string): number | null {
  const found = asRecord(value)?.[name];
  return typeof found === 'number' ? found : null;
}

function textAt(value: unknown, name: string): string {
  const found = asRecord(value)?.[name];
  return typeof found === 'string' ? found : '';
}

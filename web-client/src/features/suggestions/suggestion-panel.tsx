import { Button } from '@mantine/core';
import { IconCheck, IconPencil, IconX } from '@tabler/icons-react';
import { useText } from '@/i18n/use-text';
import { ButtonMenu } from '@/components/button-menu';
import { graphql, unmask, type FragmentType } from '@/graphql/generated';
import type { LabelKind, SuggestionPanel_suggestionFragment } from '@/graphql/generated/graphql';
import { useCommands } from '@/lib/commands';
import { useFormats } from '@/lib/time';
import { useDecideSuggestion } from './decide';
import styles from './suggestion-panel.module.css';

export const SuggestionPanelFields = graphql(`
  fragment SuggestionPanel_ticket on Ticket {
    id
    suggestions {
      ...SuggestionPanel_suggestion
    }
  }
`);

export const SuggestionFields = graphql(`
  fragment SuggestionPanel_suggestion on Suggestion {
    id
    kind
    label
    category {
      id
      name
      active
    }
    priority
    probability
    abstained
    state
    arm
    appliedAt
    decidedBy {
      id
      name
    }
    runnerUps {
      label
      probability
    }
    decidingWords {
      text
      share
      part
      messageId
      start
      end
    }
    modelVersion {
      id
      number
    }
  }
`);

export type Suggestion = SuggestionPanel_suggestionFragment;

/** The newest suggestion of each kind; older ones are history. */
export function newestOf(ref: FragmentType<typeof SuggestionPanelFields>): Suggestion[] {
  const all = unmask(SuggestionPanelFields, ref).suggestions.map((one) => unmask(SuggestionFields, one));
  return (['CATEGORY', 'PRIORITY'] as const).flatMap((kind) => all.find((one) => one.kind === kind) ?? []);
}

export function isUndecided(suggestion: Suggestion): boolean {
  return suggestion.state === 'OPEN' || suggestion.state === 'APPLIED';
}

type Choice = { value: string; label: string };

type Props = {
  ticket: FragmentType<typeof SuggestionPanelFields>;
  /** What can be chosen in place of a suggestion. */
  choices: Record<LabelKind, readonly Choice[]>;
  onCorrect: (kind: LabelKind, value: string) => void;
  /** Whether the viewer may decide. */
  canDecide: boolean;
};

/** What the models suggest for a ticket, why, and how sure they are. */
export function SuggestionPanel({ ticket, choices, onCorrect, canDecide }: Props) {
  const { t } = useText('suggestions');
  const suggestions = newestOf(ticket);
  const decide = useDecideSuggestion();
  const first = suggestions.find((one) => isUndecided(one) && !one.abstained);
  useCommands([
    {
      id: 'suggestion.accept',
      title: first ? t('command.accept', { label: labelOf(first) }) : t('accept'),
      group: t('command.group'),
      shortcut: 'a',
      enabled: canDecide && first !== undefined,
      run: () => {
        if (first) void decide('accept', first.id);
      },
    },
    {
      id: 'suggestion.dismiss',
      title: first ? t('command.dismiss', { label: labelOf(first) }) : t('dismiss'),
      group: t('command.group'),
      shortcut: 'shift+a',
      enabled: canDecide && first !== undefined,
      run: () => {
        if (first) void decide(first.state === 'APPLIED' ? 'revert' : 'dismiss', first.id);
      },
    },
  ]);
  return (
    <section className={styles.panel} aria-labelledby="suggestions-heading">
      <h2 id="suggestions-heading" className={styles.heading}>
        {t('title')}
      </h2>
      {suggestions.length === 0 ? <p className={styles.none}>{t('none')}</p> : null}
      {suggestions.map((suggestion) => (
        <Card
          key={suggestion.id}
          suggestion={suggestion}
          choices={choices[suggestion.kind]}
          canDecide={canDecide}
          onDecide={(verb) => void decide(verb, suggestion.id)}
          onCorrect={(value) => onCorrect(suggestion.kind, value)}
        />
      ))}
    </section>
  );
}

type CardProps = {
  suggestion: Suggestion;
  choices: readonly Choice[];
  canDecide: boolean;
  onDecide: (verb: 'accept' | 'dismiss' | 'revert') => void;
  onCorrect: (value: string) => void;
};

function Card({ suggestion, choices, canDecide, onDecide, onCorrect }: CardProps) {
  const { t } = useText('suggestions');
  const formats = useFormats();
  const label = labelOf(suggestion);
  const name = suggestion.kind === 'PRIORITY' ? priorityName(label) : null;
  const shown = name ? t(`common:priority.${name}`) : label;
  const isOpen = isUndecided(suggestion);
  // What would be shown as 0 % says nothing.
  const runnerUps = suggestion.runnerUps.filter((one) => one.probability >= 0.005);
  return (
    <div className={styles.card} data-decided={isOpen ? undefined : ''}>
      <div className={styles.line}>
        <span className={styles.kind}>{t(`kind.${suggestion.kind}`)}</span>
        <span className={styles.state}>{stateText(suggestion)}</span>
      </div>
      <div className={styles.line}>
        <span className={suggestion.abstained ? styles.guess : styles.label}>{shown}</span>
        <span className={styles.probability}>{formats.percent(suggestion.probability)}</span>
      </div>
      <div
        className={styles.meter}
        role="meter"
        aria-label={t('confidence')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(suggestion.probability * 100)}
      >
        <div
          style={{ width: `${suggestion.probability * 100}%` }}
          data-unsure={suggestion.abstained ? '' : undefined}
        />
      </div>
      {suggestion.abstained ? <p className={styles.none}>{t('abstained')}</p> : null}
      {suggestion.decidingWords.length > 0 ? (
        <p className={styles.words}>
          <span className={styles.dim}>{t('because')} </span>
          {suggestion.decidingWords.map((word, index) => (
            <span key={`${word.text}${index}`}>
              {index > 0 ? ', ' : null}
              <mark className={styles.word} title={t('wordShare', { share: formats.percent(word.share) })}>
                {word.text}
              </mark>
            </span>
          ))}
        </p>
      ) : null}
      {runnerUps.length > 0 ? (
        <p className={styles.dim}>
          {t('runnerUps')}{' '}
          {runnerUps
            .map((one) => `${runnerUpName(one.label)} ${formats.percent(one.probability)}`)
            .join(', ')}
        </p>
      ) : null}
      <div className={styles.foot}>
        {isOpen && canDecide ? (
          <>
            <Button
              size="compact-xs"
              variant="light"
              leftSection={<IconCheck size={13} aria-hidden />}
              onClick={() => onDecide('accept')}
            >
              {t('accept')}
            </Button>
            <ButtonMenu
              position="bottom-start"
              width={220}
              button={
                <Button
                  size="compact-xs"
                  variant="default"
                  leftSection={<IconPencil size={13} aria-hidden />}
                >
                  {t('correct')}
                </Button>
              }
              parts={() =>
                choices.map(({ value, label }) => ({
                  kind: 'action',
                  text: label,
                  run: () => onCorrect(value),
                }))
              }
            />
            <Button
              size="compact-xs"
              variant="subtle"
              color="gray"
              leftSection={<IconX size={13} aria-hidden />}
              onClick={() => onDecide(suggestion.state === 'APPLIED' ? 'revert' : 'dismiss')}
            >
              {suggestion.state === 'APPLIED' ? t('revert') : t('dismiss')}
            </Button>
          </>
        ) : null}
        {suggestion.modelVersion ? (
          <span className={styles.model}>
            {t('model', { number: suggestion.modelVersion.number })}
            {suggestion.arm === 'CANARY' ? ` · ${t('canary')}` : null}
          </span>
        ) : null}
      </div>
    </div>
  );

  function stateText(one: Suggestion): string {
    if (one.state === 'OPEN') return one.abstained ? t('state.unsure') : t('state.OPEN');
    const text = t(`state.${one.state}`);
    return one.decidedBy ? `${text} · ${one.decidedBy.name}` : text;
  }

  function runnerUpName(raw: string | null): string {
    if (raw === null) return t('gone');
    const priority = suggestion.kind === 'PRIORITY' ? priorityName(raw) : null;
    return priority ? t(`common:priority.${priority}`) : raw;
  }
}

function labelOf(suggestion: Suggestion): string {
  return suggestion.category?.name ?? suggestion.label ?? '';
}

function priorityName(raw: string): 'URGENT' | 'HIGH' | 'NORMAL' | 'LOW' | null {
  const upper = raw.toUpperCase();
  return upper === 'URGENT' || upper === 'HIGH' || upper === 'NORMAL' || upper === 'LOW' ? upper : null;
}

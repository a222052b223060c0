import { Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useMutation } from 'urql';

import { type FragmentType, graphql, unmask } from '../../graphql/generated';
import type { SuggestionPanelFragment as Fields } from '../../graphql/generated/graphql';
import { useKeys } from '../../lib/useKeys';
import { useReport } from '../../lib/useReport';

export const SuggestionPanelFragment = graphql(`
  fragment SuggestionPanel on Ticket {
    id
    suggestions {
      id
      kind
      label
      probability
      abstained
      state
      runnerUps {
        label
        probability
      }
      decidingWords {
        text
      }
      modelVersion {
        id
        number
      }
    }
  }
`);

const AcceptDocument = graphql(`
  mutation AcceptSuggestion($input: DecideSuggestionInput!) {
    acceptSuggestion(input: $input) {
      suggestion {
        id
        state
        ticket {
          ...TicketProperties
        }
      }
      errors {
        message
      }
    }
  }
`);

const DismissDocument = graphql(`
  mutation DismissSuggestion($input: DecideSuggestionInput!) {
    dismissSuggestion(input: $input) {
      suggestion {
        id
        state
      }
      errors {
        message
      }
    }
  }
`);

type Suggestion = Fields['suggestions'][number];

export function SuggestionPanel({
  ticket,
}: {
  ticket: FragmentType<typeof SuggestionPanelFragment>;
}) {
  const { t } = useTranslation();
  const { suggestions } = unmask(SuggestionPanelFragment, ticket);
  const report = useReport();
  const [{ fetching: isAccepting }, accept] = useMutation(AcceptDocument);
  const [{ fetching: isDismissing }, dismiss] = useMutation(DismissDocument);
  const isBusy = isAccepting || isDismissing;
  const open = suggestions.filter(({ state }) => state === 'OPEN');
  const onAccept = async (id: string) => {
    const result = await accept({ input: { id } });
    report(result, result.data?.acceptSuggestion);
  };
  const onDismiss = async (id: string) => {
    const result = await dismiss({ input: { id } });
    report(result, result.data?.dismissSuggestion);
  };
  const advice = open.find(({ abstained }) => !abstained);
  useKeys({ a: () => void (advice && !isBusy && onAccept(advice.id)) });
  return (
    <section aria-label={t('suggestion.title')}>
      <h2>{t('suggestion.title')}</h2>
      {open.length === 0 && (
        <Text size="xs" className="quiet">
          {t('suggestion.none')}
        </Text>
      )}
      {open.map((suggestion) => (
        <SuggestionItem
          key={suggestion.id}
          suggestion={suggestion}
          isBusy={isBusy}
          onAccept={() => void onAccept(suggestion.id)}
          onDismiss={() => void onDismiss(suggestion.id)}
        />
      ))}
    </section>
  );
}

interface ItemProps {
  suggestion: Suggestion;
  isBusy: boolean;
  onAccept: () => void;
  onDismiss: () => void;
}

function SuggestionItem({ suggestion, isBusy, onAccept, onDismiss }: ItemProps) {
  const { t, i18n } = useTranslation();
  const percent = (share: number) => share.toLocaleString(i18n.language, { style: 'percent' });
  const labelOf = (label: string | null | undefined) =>
    suggestion.kind === 'PRIORITY'
      ? t(`priority.${label?.toUpperCase()}`, label ?? '')
      : (label ?? '');
  return (
    <div style={{ marginBottom: 16 }}>
      <Text size="sm">
        {t(`suggestion.${suggestion.kind}`)}: <b>{labelOf(suggestion.label)}</b>{' '}
        {percent(suggestion.probability)}
      </Text>
      {suggestion.abstained && <Text size="xs">{t('suggestion.abstained')}</Text>}
      {suggestion.decidingWords.length > 0 && (
        <Text size="xs" mt={4}>
          {t('suggestion.words')}{' '}
          {suggestion.decidingWords.map(({ text }, index) => (
            <span key={index}>
              <mark>{text}</mark>{' '}
            </span>
          ))}
        </Text>
      )}
      {suggestion.runnerUps.length > 0 && (
        <Text size="xs" className="quiet" mt={4}>
          {t('suggestion.others')}{' '}
          {suggestion.runnerUps
            .map(({ label, probability }) => `${labelOf(label)} ${percent(probability)}`)
            .join(', ')}
        </Text>
      )}
      {suggestion.modelVersion && (
        <Text size="xs" className="quiet">
          {t('suggestion.model', { name: suggestion.modelVersion.number })}
        </Text>
      )}
      <Group gap="xs" mt="xs">
        <Button size="compact-xs" disabled={isBusy} onClick={onAccept}>
          {t('suggestion.accept')}
        </Button>
        <Button size="compact-xs" variant="default" disabled={isBusy} onClick={onDismiss}>
          {t('suggestion.dismiss')}
        </Button>
      </Group>
    </div>
  );
}

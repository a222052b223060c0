import { notifications } from '@mantine/notifications';
import { useClient } from 'urql';
import { useText } from '@/i18n/use-text';
import { useMistakeText } from '@/components/mistakes';
import { errorKey } from '@/components/state';
import { codeOf } from '@/graphql/errors';
import { graphql } from '@/graphql/generated';

export const DecidedTicketFields = graphql(`
  fragment DecidedTicket_ticket on Ticket {
    id
    version
    updatedAt
    priority
    priorityOrigin
    category {
      id
      name
    }
    categoryOrigin
  }
`);

const Accept = graphql(`
  mutation AcceptSuggestion($input: DecideSuggestionInput!) {
    acceptSuggestion(input: $input) {
      suggestion {
        ...SuggestionPanel_suggestion
      }
      ticket {
        ...DecidedTicket_ticket
      }
      errors {
        code
        message
        changedBy {
          id
          name
        }
      }
    }
  }
`);

const Dismiss = graphql(`
  mutation DismissSuggestion($input: DecideSuggestionInput!) {
    dismissSuggestion(input: $input) {
      suggestion {
        ...SuggestionPanel_suggestion
      }
      ticket {
        ...DecidedTicket_ticket
      }
      errors {
        code
        message
        changedBy {
          id
          name
        }
      }
    }
  }
`);

const Revert = graphql(`
  mutation RevertSuggestion($input: DecideSuggestionInput!) {
    revertSuggestion(input: $input) {
      suggestion {
        ...SuggestionPanel_suggestion
      }
      ticket {
        ...DecidedTicket_ticket
      }
      errors {
        code
        message
        changedBy {
          id
          name
        }
      }
    }
  }
`);

type Verb = 'accept' | 'dismiss' | 'revert';

/** Decides about a suggestion; says what went wrong. */
export function useDecideSuggestion(): (verb: Verb, id: string) => Promise<void> {
  const { t } = useText('suggestions');
  const client = useClient();
  const mistakeText = useMistakeText();
  return async (verb, id) => {
    const input = { id };
    const send = {
      accept: () =>
        client
          .mutation(Accept, { input })
          .toPromise()
          .then((r) => ({ payload: r.data?.acceptSuggestion, error: r.error })),
      dismiss: () =>
        client
          .mutation(Dismiss, { input })
          .toPromise()
          .then((r) => ({ payload: r.data?.dismissSuggestion, error: r.error })),
      revert: () =>
        client
          .mutation(Revert, { input })
          .toPromise()
          .then((r) => ({ payload: r.data?.revertSuggestion, error: r.error })),
    }[verb];
    const { payload, error } = await send();
    const mistake = payload?.errors[0];
    if (error)
      notifications.show({ color: 'red', message: t(`common:${errorKey(codeOf(error) ?? 'INTERNAL')}`) });
    else if (mistake?.code === 'ALREADY_DECIDED') {
      notifications.show({ message: t('alreadyDecided', { name: mistake.changedBy?.name ?? t('theDesk') }) });
    } else if (mistake) notifications.show({ color: 'red', message: mistakeText(mistake) });
  };
}

import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useClient } from 'urql';
import { useText } from '@/i18n/use-text';
import { useMistakeText } from '@/components/mistakes';
import { errorKey } from '@/components/state';
import { codeOf } from '@/graphql/errors';
import { unmask } from '@/graphql/generated';
import type { TicketProperties_ticketFragment } from '@/graphql/generated/graphql';
import { claimTicket, editTicket, TicketPropertiesFields, type Edit, type Outcome } from './edit-ticket';

export type Properties = TicketProperties_ticketFragment;

/** A change that somebody else's has overtaken. */
export type Conflict = {
  edit: Edit;
  /** The ticket as it was when the change was begun, and as it is now. */
  seen: Properties;
  current: Properties;
  changedBy: string | null;
  changedAt: string | null;
};

export type Editing = {
  /** Changes a ticket that looked like `seen` when the change was begun. */
  edit: (seen: Properties, edit: Edit) => Promise<void>;
  claim: (ticket: Properties) => Promise<void>;
  conflict: Conflict | null;
  /** Leaves it as it is. */
  keep: () => void;
  /** Makes the change all the same. */
  take: () => Promise<void>;
};

export function useEditTicket(): Editing {
  const { t } = useText('tickets');
  const client = useClient();
  const mistakeText = useMistakeText();
  const [conflict, setConflict] = useState<Conflict | null>(null);

  const say = ({ payload, error }: Outcome) => {
    const mistake = payload?.errors[0];
    if (error)
      notifications.show({ color: 'red', message: t(`common:${errorKey(codeOf(error) ?? 'INTERNAL')}`) });
    else if (mistake?.code === 'ALREADY_CLAIMED') {
      notifications.show({
        message: t('edit.alreadyClaimed', { name: mistake.changedBy?.name ?? t('edit.somebody') }),
      });
    } else if (mistake) notifications.show({ color: 'red', message: mistakeText(mistake) });
  };
  const edit = async (seen: Properties, change: Edit) => {
    const outcome = await editTicket(client, seen.id, change, seen.version);
    const mistake = outcome.payload?.errors[0];
    const ref = outcome.payload?.ticket;
    if (mistake?.code === 'CONFLICT' && ref) {
      const current = unmask(TicketPropertiesFields, ref);
      setConflict({
        edit: change,
        seen,
        current,
        changedBy: mistake.changedBy?.name ?? null,
        changedAt: mistake.changedAt,
      });
      return;
    }
    say(outcome);
  };
  return {
    edit,
    claim: async (ticket) => say(await claimTicket(client, ticket.id)),
    conflict,
    keep: () => setConflict(null),
    take: async () => {
      if (!conflict) return;
      setConflict(null);
      await edit(conflict.current, conflict.edit);
    },
  };
}

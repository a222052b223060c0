import { useEffect, useRef } from 'react';
import { useClient, useSubscription } from 'urql';
import { useText } from '@/i18n/use-text';
import { Avatar } from '@/components/marks';
import { clientId } from '@/graphql/client';
import { graphql } from '@/graphql/generated';
import styles from './presence.module.css';

const PresenceUpdates = graphql(`
  subscription PresenceUpdates($ticketId: ID!, $clientId: String!) {
    presenceUpdates(ticketId: $ticketId, clientId: $clientId) {
      user {
        id
        name
      }
      activity
      clientIds
    }
  }
`);

const SetPresence = graphql(`
  mutation SetPresence($input: SetPresenceInput!) {
    setPresence(input: $input) {
      errors {
        code
      }
    }
  }
`);

/** TYPING counts for five seconds, so it is said again before they are over. */
const SAY_AGAIN_MS = 2500;

/** Who else has the ticket open, and who is writing. */
export function Presence({ ticketId }: { ticketId: string }) {
  const { t } = useText('tickets');
  const [{ data }] = useSubscription({ query: PresenceUpdates, variables: { ticketId, clientId } });
  const others = (data?.presenceUpdates ?? []).filter(
    (one) => !one.clientIds.includes(clientId) && one.user !== null,
  );
  return (
    <div className={styles.presence} role="status" aria-label={t('presence.label')}>
      {others.map(({ user, activity }) => {
        const name = user?.name ?? '';
        const text = t(activity === 'TYPING' ? 'presence.typing' : 'presence.viewing', { name });
        return (
          <span
            key={user?.id}
            className={styles.person}
            data-typing={activity === 'TYPING' ? '' : undefined}
            title={text}
          >
            <Avatar name={name} size={22} />
            <span className={activity === 'TYPING' ? styles.text : 'visually-hidden'}>{text}</span>
          </span>
        );
      })}
    </div>
  );
}

/** Tells the others that keys are pressed here, and that the message is gone. */
export function useTyping(ticketId: string): { onTyping: () => void; onSent: () => void } {
  const client = useClient();
  const saidAt = useRef(0);
  useEffect(() => {
    saidAt.current = 0;
  }, [ticketId]);
  const say = (activity: 'TYPING' | 'VIEWING') =>
    void client.mutation(SetPresence, { input: { ticketId, clientId, activity } }).toPromise();
  return {
    onTyping: () => {
      if (performance.now() - saidAt.current < SAY_AGAIN_MS && saidAt.current !== 0) return;
      saidAt.current = performance.now();
      say('TYPING');
    },
    onSent: () => {
      saidAt.current = 0;
      say('VIEWING');
    },
  };
}

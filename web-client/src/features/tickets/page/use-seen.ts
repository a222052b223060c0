import { useEffect } from 'react';
import { useClient } from 'urql';
import { graphql } from '@/graphql/generated';

const MarkTicketSeen = graphql(`
  mutation MarkTicketSeen($input: MarkTicketSeenInput!) {
    markTicketSeen(input: $input) {
      ticket {
        id
        unread
      }
      errors {
        code
      }
    }
  }
`);

/** A ticket that is open in front of somebody counts as seen, also what happens on it meanwhile. */
export function useSeen({ id, unread }: { id: string; unread: boolean }): void {
  const client = useClient();
  useEffect(() => {
    if (!unread) return undefined;
    let isMarked = false;
    const mark = () => {
      if (document.hidden || isMarked) return;
      isMarked = true;
      void client.mutation(MarkTicketSeen, { input: { id } }).toPromise();
    };
    mark();
    document.addEventListener('visibilitychange', mark);
    return () => document.removeEventListener('visibilitychange', mark);
  }, [client, id, unread]);
}

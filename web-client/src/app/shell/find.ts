import { useNavigate } from '@tanstack/react-router';
import { useClient } from 'urql';
import { useText } from '@/i18n/use-text';
import { graphql } from '@/graphql/generated';
import { useCommandSource } from '@/lib/commands';

const FindDocument = graphql(`
  query Find($typed: String!) {
    searchTickets(query: $typed, first: 6) {
      nodes {
        id
        number
        subject
      }
    }
    users(filter: { text: $typed }, first: 6) {
      nodes {
        id
        name
        email
      }
    }
  }
`);

/** The desk says what is wrong with more. */
const LONGEST = 200;

/** Lets the palette find tickets by their words or number, and people by name or address. */
export function useFind(): void {
  const { t } = useText('common');
  const client = useClient();
  const navigate = useNavigate();
  useCommandSource(async (typed) => {
    const words = typed.slice(0, LONGEST);
    const { data } = await client
      .query(FindDocument, { typed: words }, { requestPolicy: 'network-only' })
      .toPromise();
    const tickets = (data?.searchTickets.nodes ?? []).map(({ id, number, subject }) => ({
      id: `find.${id}`,
      title: `#${number} ${subject}`,
      group: t('find.ticket'),
      run: () => void navigate({ to: '/tickets/$number', params: { number: String(number) } }),
    }));
    const people = (data?.users.nodes ?? []).map(({ id, name, email }) => ({
      id: `find.${id}`,
      title: email ? `${name} · ${email}` : name,
      group: t('find.person'),
      run: () => void navigate({ to: '/people/$personId', params: { personId: id } }),
    }));
    return [...people, ...tickets];
  });
}

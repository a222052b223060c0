import { Button } from '@mantine/core';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { EmptyState, ErrorState, LoadingState } from '@/components/state';
import { PersonCard } from '@/features/people/person-card';
import type { TicketSearch } from '@/features/tickets/list/search';
import { codeOf } from '@/graphql/errors';
import { graphql } from '@/graphql/generated';
import { PageBar } from '../shell/page-bar';
import { useMayCreate } from '../shell/may-create';
import { ListOfTickets } from './list-of-tickets';
import { usePageTitle } from './use-page-title';

const PersonPageDocument = graphql(`
  query PersonPage($id: ID!) {
    node(id: $id) {
      ... on User {
        id
        name
        active
        ...PersonCard_user
      }
    }
  }
`);

/** Somebody, and every ticket they have asked for. */
export function PersonPage() {
  const { t } = useText('people');
  const { personId } = useParams({ from: '/staff/people/$personId' });
  const search = useSearch({ from: '/staff/people/$personId' });
  const navigate = useNavigate();
  const mayCreate = useMayCreate();
  const [{ data, error, fetching }, again] = useQuery({
    query: PersonPageDocument,
    variables: { id: personId },
    pause: !personId.startsWith('user_'),
    requestPolicy: 'cache-and-network',
  });
  const node = data?.node;
  const person = node && 'name' in node ? node : null;
  usePageTitle(person?.name ?? '');
  if (!person) {
    if ((!fetching && !error) || !personId.startsWith('user_'))
      return <EmptyState title={t('missing')}>{t('missingText')}</EmptyState>;
    if (!error) return <LoadingState />;
    return (
      <ErrorState
        code={codeOf(error) ?? 'INTERNAL'}
        onRetry={() => again({ requestPolicy: 'network-only' })}
      />
    );
  }
  return (
    <>
      <PageBar title={person.name}>
        {mayCreate && person.active !== false ? (
          <Button
            size="xs"
            variant="default"
            renderRoot={(props) => <Link to="/tickets/new" search={{ requester: personId }} {...props} />}
          >
            {t('newTicket')}
          </Button>
        ) : null}
      </PageBar>
      <PersonCard person={person} />
      <ListOfTickets
        key={personId}
        scope={{ requesterId: personId }}
        search={{ ...search, status: search.status ?? 'all' }}
        onSearch={(next) => void navigate({ to: '.', search: allAtFirst(next), replace: true })}
      />
    </>
  );
}

/** Here all states are what an address without one means, where other lists mean open tickets. */
function allAtFirst({ status = 'OPEN', ...rest }: TicketSearch): TicketSearch {
  return status === 'all' ? rest : { ...rest, status };
}

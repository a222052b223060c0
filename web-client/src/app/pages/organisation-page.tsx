import { useParams } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { EmptyState, ErrorState, LoadingState } from '@/components/state';
import { OrganisationPeople } from '@/features/people/organisation-people';
import { OrganisationTickets } from '@/features/people/organisation-tickets';
import { codeOf } from '@/graphql/errors';
import { graphql } from '@/graphql/generated';
import { PageBar } from '../shell/page-bar';
import styles from './scrolling.module.css';
import { usePageTitle } from './use-page-title';

const OrganisationPageDocument = graphql(`
  query OrganisationPage($id: ID!) {
    organisation(id: $id) {
      id
      name
    }
  }
`);

/** An organisation: what its people have asked for, and who they are. */
export function OrganisationPage() {
  const { t } = useText('people');
  const { organisationId } = useParams({ from: '/staff/organisations/$organisationId' });
  const [{ data, error, fetching }, again] = useQuery({
    query: OrganisationPageDocument,
    variables: { id: organisationId },
    requestPolicy: 'cache-and-network',
  });
  const organisation = data?.organisation;
  usePageTitle(organisation?.name ?? '');
  if (!organisation) {
    if (fetching) return <LoadingState />;
    if (data || codeOf(error) === 'NOT_FOUND')
      return <EmptyState title={t('missingOrganisation')}>{t('missingOrganisationText')}</EmptyState>;
    return (
      <ErrorState
        code={codeOf(error) ?? 'INTERNAL'}
        onRetry={() => again({ requestPolicy: 'network-only' })}
      />
    );
  }
  return (
    <>
      <PageBar title={organisation.name} />
      <div className={styles.scroll}>
        <OrganisationTickets key={organisationId} organisationId={organisationId} />
        <OrganisationPeople organisationId={organisationId} />
      </div>
    </>
  );
}

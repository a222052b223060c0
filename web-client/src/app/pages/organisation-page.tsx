import { useParams } from '@tanstack/react-router';
import { useText } from '@/i18n/use-text';
import {
  membersOf,
  OrganisationPeople,
  OrganisationPeopleDocument,
} from '@/features/people/organisation-people';
import { usePages } from '@/graphql/use-pages';
import { PageBar } from '../shell/page-bar';
import styles from './scrolling.module.css';
import { usePageTitle } from './use-page-title';

/** An organisation's people, and through them their tickets. */
export function OrganisationPage() {
  const { t } = useText('people');
  const { organisationId } = useParams({ from: '/staff/organisations/$organisationId' });
  const people = usePages(OrganisationPeopleDocument, { filter: { organisationId } }, membersOf);
  const name = people.nodes?.[0]?.organisation?.name ?? t('organisation');
  usePageTitle(name);
  return (
    <>
      <PageBar title={name} />
      <div className={styles.scroll}>
        <OrganisationPeople people={people} />
      </div>
    </>
  );
}

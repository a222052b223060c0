import { Link } from '@tanstack/react-router';
import { useText } from '@/i18n/use-text';
import { Age, Avatar } from '@/components/marks';
import { RecordList, RecordTable } from '@/components/records';
import { Section } from '@/components/section';
import { graphql } from '@/graphql/generated';
import type { OrganisationPeopleQuery } from '@/graphql/generated/graphql';
import { usePages } from '@/graphql/use-pages';
import styles from './people.module.css';

const OrganisationPeopleDocument = graphql(`
  query OrganisationPeople($filter: UserFilterInput, $after: String) {
    users(filter: $filter, first: 50, after: $after) {
      nodes {
        id
        name
        email
        role
        active
        createdAt
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const membersOf = (data: OrganisationPeopleQuery) => data.users;

/** Who belongs to an organisation. */
export function OrganisationPeople({ organisationId }: { organisationId: string }) {
  const { t } = useText('people');
  const people = usePages(OrganisationPeopleDocument, { filter: { organisationId } }, membersOf);
  return (
    <Section title={t('people')}>
      <RecordList
        rows={people.nodes}
        failure={people.failure}
        onRetry={people.retry}
        isPart
        empty={{ title: t('nobody'), text: t('nobodyText') }}
        hasMore={people.hasMore}
        isReading={people.isReading}
        onMore={people.more}
      >
        <RecordTable
          label={t('people')}
          rows={people.nodes ?? []}
          isFaint={({ active }) => active === false}
          columns={[
            {
              id: 'name',
              heading: t('name'),
              cell: ({ id, name }) => (
                <Link to="/people/$personId" params={{ personId: id }} className={styles.person}>
                  <Avatar name={name} />
                  {name}
                </Link>
              ),
            },
            { id: 'email', heading: t('email'), cell: ({ email }) => email },
            {
              id: 'role',
              heading: t('role'),
              isOptional: true,
              cell: ({ role }) => role && t(`common:role.${role}`),
            },
            {
              id: 'tickets',
              heading: t('tickets'),
              cell: ({ id, name }) => (
                <Link to="/people/$personId" params={{ personId: id }}>
                  {t('show')}
                  <span className="visually-hidden"> {t('ticketsOf', { name })}</span>
                </Link>
              ),
            },
            {
              id: 'since',
              heading: t('since'),
              isOptional: true,
              cell: ({ createdAt }) => createdAt && <Age time={createdAt} words />,
            },
          ]}
        />
      </RecordList>
    </Section>
  );
}

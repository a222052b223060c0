import { Badge } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useText } from '@/i18n/use-text';
import { Age, Avatar } from '@/components/marks';
import { graphql, unmask, type FragmentType } from '@/graphql/generated';
import styles from './people.module.css';

export const PersonFields = graphql(`
  fragment PersonCard_user on User {
    id
    name
    email
    role
    active
    createdAt
    organisation {
      id
      name
    }
    memberships {
      right
      queue {
        id
        name
      }
    }
  }
`);

/** Who somebody is and how to reach them. */
export function PersonCard({ person: ref }: { person: FragmentType<typeof PersonFields> }) {
  const { t } = useText('people');
  const person = unmask(PersonFields, ref);
  const isStaff = person.role !== null && person.role !== 'CUSTOMER';
  const queues = person.memberships.flatMap(({ queue }) => (queue ? [queue] : []));
  return (
    <section className={styles.card} aria-label={t('details')}>
      <Avatar name={person.name} size={44} />
      <dl className={styles.facts}>
        <div>
          <dt>{t('email')}</dt>
          <dd>{person.email ? <a href={`mailto:${person.email}`}>{person.email}</a> : t('unknown')}</dd>
        </div>
        <div>
          <dt>{t('organisation')}</dt>
          <dd>
            {person.organisation ? (
              <Link to="/organisations/$organisationId" params={{ organisationId: person.organisation.id }}>
                {person.organisation.name}
              </Link>
            ) : (
              t('none')
            )}
          </dd>
        </div>
        {person.role ? (
          <div>
            <dt>{t('role')}</dt>
            <dd>
              {t(`common:role.${person.role}`)}
              {person.active === false ? (
                <Badge size="sm" variant="outline" color="gray" ml={8}>
                  {t('inactive')}
                </Badge>
              ) : null}
            </dd>
          </div>
        ) : null}
        {isStaff && queues.length > 0 ? (
          <div>
            <dt>{t('queues')}</dt>
            <dd>
              {queues.map(({ id, name }, index) => (
                <span key={id}>
                  {index > 0 ? ', ' : null}
                  <Link to="/queues/$queueId" params={{ queueId: id }}>
                    {name}
                  </Link>
                </span>
              ))}
            </dd>
          </div>
        ) : null}
        {person.createdAt ? (
          <div>
            <dt>{t('since')}</dt>
            <dd>
              <Age time={person.createdAt} words />
            </dd>
          </div>
        ) : null}
      </dl>
      {person.role ? (
        <p className={styles.note}>
          {person.active === false ? t('note.inactive') : t(`note.${person.role}`)}
          {isStaff ? (
            <>
              {' '}
              <Link to="/tickets" search={{ assignee: person.id }}>
                {t('assigned')}
              </Link>
            </>
          ) : null}
        </p>
      ) : null}
    </section>
  );
}

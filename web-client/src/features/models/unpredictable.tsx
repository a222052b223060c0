import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { Section } from '@/components/section';
import { graphql } from '@/graphql/generated';
import styles from './models.module.css';

const UnpredictableDocument = graphql(`
  query Unpredictable($id: ID!) {
    node(id: $id) {
      id
      ... on ModelVersion {
        unpredictableCategories {
          id
          name
        }
        retiredLabels
      }
    }
  }
`);

/** Where the champion and the set of categories have grown apart; nothing while they have not. */
export function Unpredictable({ championId }: { championId: string }) {
  const { t } = useText('models');
  const [{ data }] = useQuery({
    query: UnpredictableDocument,
    variables: { id: championId },
    requestPolicy: 'cache-and-network',
  });
  if (!data?.node || !('retiredLabels' in data.node)) return null;
  const { unpredictableCategories: missing, retiredLabels: retired } = data.node;
  if (missing.length === 0 && retired.length === 0) return null;
  return (
    <Section title={t('unpredictable.title')} text={t('unpredictable.text')}>
      {missing.length > 0 ? (
        <Names title={t('unpredictable.missing')} names={missing.map(({ name }) => name)} />
      ) : null}
      {retired.length > 0 ? <Names title={t('unpredictable.retired')} names={retired} /> : null}
    </Section>
  );
}

function Names({ title, names }: { title: string; names: readonly string[] }) {
  return (
    <>
      <h3 className={styles.sub}>{title}</h3>
      <ul className={styles.names} aria-label={title}>
        {names.map((name) => (
          <li key={name} className={styles.badge}>
            {name}
          </li>
        ))}
      </ul>
    </>
  );
}

import { Link, useParams } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { EmptyState, ErrorState, LoadingState } from '@/components/state';
import { VersionDetails, VersionFields } from '@/features/models/version-details';
import { codeOf } from '@/graphql/errors';
import { graphql, unmask } from '@/graphql/generated';
import { PageBar } from '../shell/page-bar';
import { usePageTitle } from './use-page-title';
import styles from '@/features/models/models.module.css';

const ModelVersionDocument = graphql(`
  query ModelVersion($id: ID!) {
    node(id: $id) {
      id
      ... on ModelVersion {
        kind
        ...ModelVersion_version
      }
    }
  }
`);

/** One version: its figures, and what it was made of. */
export function ModelVersionPage() {
  const { t } = useText('models');
  const { versionId } = useParams({ from: '/staff/models/versions/$versionId' });
  const [{ data, error }, again] = useQuery({
    query: ModelVersionDocument,
    variables: { id: versionId },
    requestPolicy: 'cache-and-network',
  });
  const node = data?.node;
  const version = node && 'kind' in node ? unmask(VersionFields, node) : null;
  const title = version
    ? t('details.title', { kind: t(`kind.${version.kind}`), number: version.number })
    : t('title');
  usePageTitle(title);
  const code = codeOf(error);
  return (
    <>
      <PageBar title={title}>
        <Link to="/models" search={version ? { kind: version.kind } : {}}>
          {t('details.back')}
        </Link>
      </PageBar>
      <div className={styles.page}>
        {version ? (
          <VersionDetails version={version} />
        ) : code !== null ? (
          <ErrorState code={code} onRetry={() => again({ requestPolicy: 'network-only' })} />
        ) : data ? (
          <EmptyState title={t('details.gone')}>{t('details.goneText')}</EmptyState>
        ) : (
          <LoadingState />
        )}
      </div>
    </>
  );
}

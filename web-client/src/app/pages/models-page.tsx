import { Link, useSearch } from '@tanstack/react-router';
import { useQuery, useSubscription } from 'urql';
import { useText } from '@/i18n/use-text';
import { ErrorState, LoadingState } from '@/components/state';
import { Figures } from '@/features/models/figures';
import { RolloutHistory } from '@/features/models/history';
import { kinds } from '@/features/models/kinds';
import { Proposals } from '@/features/models/proposals';
import { RolloutFields, RolloutPanel } from '@/features/models/rollout';
import { Training } from '@/features/models/training';
import { Unpredictable } from '@/features/models/unpredictable';
import { Versions } from '@/features/models/versions';
import { useViewer } from '@/features/session/session-context';
import { codeOf } from '@/graphql/errors';
import { graphql, unmask } from '@/graphql/generated';
import type { LabelKind } from '@/graphql/generated/graphql';
import { PageBar } from '../shell/page-bar';
import { usePageTitle } from './use-page-title';
import styles from '@/features/models/models.module.css';

const RolloutDocument = graphql(`
  query Rollout($kind: LabelKind!) {
    modelRollout(kind: $kind) {
      kind
      revision
      ...ModelRollout_rollout
    }
  }
`);

/** The cache takes each state to everything that shows it. */
const RolloutUpdates = graphql(`
  subscription RolloutUpdates($kind: LabelKind!) {
    modelRolloutUpdates(kind: $kind) {
      kind
      revision
      ...ModelRollout_rollout
    }
  }
`);

/** What suggests labels on this desk, how well, and what is being tried; changing it is for admins. */
export function ModelsPage() {
  const { t } = useText('models');
  const { kind = 'CATEGORY' } = useSearch({ from: '/staff/models' });
  usePageTitle(t('title'));
  return (
    <>
      <PageBar title={t('title')}>
        <nav className={styles.kinds} aria-label={t('kinds')}>
          {kinds.map((one) => (
            <Link
              key={one}
              to="/models"
              search={{ kind: one }}
              className={styles.kind}
              aria-current={one === kind ? 'page' : undefined}
            >
              {t(`kind.${one}`)}
            </Link>
          ))}
        </nav>
      </PageBar>
      <div className={styles.page}>
        <KindOfModel key={kind} kind={kind} />
      </div>
    </>
  );
}

function KindOfModel({ kind }: { kind: LabelKind }) {
  const isAdmin = useViewer().role === 'ADMIN';
  const [{ data, error }, again] = useQuery({
    query: RolloutDocument,
    variables: { kind },
    requestPolicy: 'cache-and-network',
  });
  useSubscription({ query: RolloutUpdates, variables: { kind } });
  if (!data) {
    const code = codeOf(error);
    return code === null ? (
      <LoadingState />
    ) : (
      <ErrorState code={code} onRetry={() => again({ requestPolicy: 'network-only' })} />
    );
  }
  const rollout = unmask(RolloutFields, data.modelRollout) ?? null;
  return (
    <>
      <RolloutPanel kind={kind} rollout={rollout} isAdmin={isAdmin} />
      <Versions kind={kind} rollout={rollout} isAdmin={isAdmin} />
      {isAdmin ? <Training kind={kind} /> : null}
      <Figures kind={kind} />
      {kind === 'CATEGORY' && rollout?.champion ? <Unpredictable championId={rollout.champion.id} /> : null}
      {kind === 'CATEGORY' && isAdmin ? <Proposals /> : null}
      <RolloutHistory kind={kind} />
    </>
  );
}

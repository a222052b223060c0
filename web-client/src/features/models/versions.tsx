import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { Age } from '@/components/marks';
import { RecordList, RecordTable } from '@/components/records';
import { RowMenu, type RowAction } from '@/components/row-menu';
import { Section } from '@/components/section';
import { codeOf } from '@/graphql/errors';
import { graphql } from '@/graphql/generated';
import type { LabelKind, ModelVersionsQuery } from '@/graphql/generated/graphql';
import { useFormats } from '@/lib/time';
import { measureOf } from './measures';
import type { Rollout } from './rollout';
import { RolloutDialog, type RolloutStep } from './rollout-dialog';
import { pathOfVersion } from './version-path';
import { sizeOf } from './size';
import styles from './models.module.css';

const ModelVersionsDocument = graphql(`
  query ModelVersions {
    modelVersions {
      id
      kind
      number
      artifactBytes
      metrics
      trainingData
      createdAt
      createdBy {
        id
        name
      }
    }
  }
`);

type Version = ModelVersionsQuery['modelVersions'][number];
type Props = { kind: LabelKind; rollout: Rollout | null; isAdmin: boolean };

/** All versions of a kind; those that serve nothing can be tried. */
export function Versions({ kind, rollout, isAdmin }: Props) {
  const { t, i18n } = useText('models');
  const formats = useFormats();
  const [{ data, error }, again] = useQuery({
    query: ModelVersionsDocument,
    requestPolicy: 'cache-and-network',
  });
  const [step, setStep] = useState<RolloutStep | null>(null);
  const versions = data?.modelVersions.filter((version) => version.kind === kind);
  const share = (version: Version, name: 'accuracy' | 'coverage' | 'macro_f1') => {
    const value = measureOf(version.metrics, name);
    return value === null ? '–' : formats.percent(value);
  };
  const roleOf = ({ id }: Version) => {
    if (id === rollout?.champion?.id) return t('rollout.champion');
    if (id === rollout?.candidate?.id) return t('rollout.candidate');
    if (id === rollout?.previous?.id) return t('rollout.previous');
    return '';
  };
  const actionsOf = (version: Version): RowAction[] => {
    if (!isAdmin || rollout?.stage !== 'IDLE' || version.id === rollout.champion?.id) return [];
    return [
      { label: t('step.shadow.do'), run: () => setStep({ what: 'shadow', version }) },
      { label: t('step.canary.do'), run: () => setStep({ what: 'canary', version }) },
      { label: t('step.promote.do'), run: () => setStep({ what: 'promote', version }) },
    ];
  };
  return (
    <Section title={t('versions.title')}>
      <RecordList
        rows={versions}
        failure={codeOf(error)}
        onRetry={() => again({ requestPolicy: 'network-only' })}
        isPart
        empty={{ title: t('versions.none'), text: t('versions.noneText') }}
      >
        <RecordTable
          label={t('versions.title')}
          rows={versions ?? []}
          columns={[
            {
              id: 'number',
              heading: t('versions.version'),
              cell: (version) => (
                <Link {...pathOfVersion(version.id)}>{t('version', { number: version.number })}</Link>
              ),
            },
            { id: 'role', heading: t('versions.role'), cell: roleOf },
            {
              id: 'accuracy',
              heading: t('measure.accuracy'),
              align: 'right',
              cell: (version) => share(version, 'accuracy'),
            },
            {
              id: 'coverage',
              heading: t('measure.coverage'),
              align: 'right',
              isOptional: true,
              cell: (version) => share(version, 'coverage'),
            },
            {
              id: 'f1',
              heading: t('measure.macro_f1'),
              align: 'right',
              isOptional: true,
              cell: (version) => share(version, 'macro_f1'),
            },
            {
              id: 'size',
              heading: t('versions.size'),
              align: 'right',
              isOptional: true,
              cell: (version) => sizeOf(version.artifactBytes, i18n.language),
            },
            {
              id: 'by',
              heading: t('versions.by'),
              isOptional: true,
              cell: (version) => version.createdBy?.name ?? <span className={styles.dim}>{t('desk')}</span>,
            },
            {
              id: 'created',
              heading: t('versions.created'),
              isOptional: true,
              cell: (version) => <Age time={version.createdAt} words />,
            },
            {
              id: 'actions',
              heading: t('versions.actions'),
              isHeadingHidden: true,
              align: 'right',
              cell: (version) => (
                <RowMenu name={t('version', { number: version.number })} actions={actionsOf(version)} />
              ),
            },
          ]}
        />
      </RecordList>
      {step && rollout ? <RolloutDialog rollout={rollout} step={step} onClose={() => setStep(null)} /> : null}
    </Section>
  );
}

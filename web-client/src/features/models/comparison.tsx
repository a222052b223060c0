import { useText } from '@/i18n/use-text';
import { RecordTable } from '@/components/records';
import { graphql, unmask } from '@/graphql/generated';
import type { ModelArm_armFragment } from '@/graphql/generated/graphql';
import { useFormats } from '@/lib/time';
import type { Rollout } from './rollout';
import styles from './models.module.css';

const ArmFields = graphql(`
  fragment ModelArm_arm on ModelArm {
    version {
      id
      number
    }
    accepted
    overridden
    overrideRate
    sample
    abstentionRate
    meanProbability
    newWordShare
    p95Us
  }
`);

type Arm = ModelArm_armFragment;

/** The version on trial beside the one it is held against, and what the guards have against it. */
export function Comparison({ comparison }: { comparison: NonNullable<Rollout['comparison']> }) {
  const { t } = useText('models');
  const formats = useFormats();
  const trial = unmask(ArmFields, comparison.trial);
  const control = unmask(ArmFields, comparison.control);
  const share = (value: number | null) => (value === null ? '–' : formats.percent(value));
  const rows: { id: keyof Arm; value: (arm: Arm) => string }[] = [
    { id: 'sample', value: (arm) => formats.number(arm.sample) },
    { id: 'accepted', value: (arm) => formats.number(arm.accepted) },
    { id: 'overridden', value: (arm) => formats.number(arm.overridden) },
    { id: 'overrideRate', value: (arm) => share(arm.overrideRate) },
    { id: 'abstentionRate', value: (arm) => share(arm.abstentionRate) },
    { id: 'meanProbability', value: (arm) => share(arm.meanProbability) },
    { id: 'newWordShare', value: (arm) => share(arm.newWordShare) },
    { id: 'p95Us', value: (arm) => (arm.p95Us === null ? '–' : `${formats.number(arm.p95Us / 1000)} ms`) },
  ];
  const name = (arm: Arm) => (arm.version ? t('version', { number: arm.version.number }) : '–');
  return (
    <>
      <h3 className={styles.sub}>{t('comparison.title')}</h3>
      {comparison.findings.length > 0 ? (
        <ul className={styles.findings} aria-label={t('comparison.findings')}>
          {comparison.findings.map(({ signal, message }) => (
            <li key={signal}>{message}</li>
          ))}
        </ul>
      ) : (
        <p className={styles.note}>{t('comparison.noFindings')}</p>
      )}
      <RecordTable
        label={t('comparison.title')}
        rows={rows}
        columns={[
          {
            id: 'name',
            heading: t('comparison.figure'),
            cell: ({ id }) => t(`comparison.row.${id}` as 'comparison.row.sample'),
          },
          {
            id: 'trial',
            heading: t('comparison.trial', { name: name(trial) }),
            align: 'right',
            cell: ({ value }) => value(trial),
          },
          {
            id: 'control',
            heading: t('comparison.control', { name: name(control) }),
            align: 'right',
            cell: ({ value }) => value(control),
          },
        ]}
      />
    </>
  );
}

import { NumberInput } from '@mantine/core';
import { useText } from '@/i18n/use-text';
import { FormDialog, useFieldError, useFields } from '@/components/form-dialog';
import { graphql } from '@/graphql/generated';
import { useChange } from '@/graphql/use-change';
import type { Rollout } from './rollout';
import styles from './models.module.css';

const SetGuardsDocument = graphql(`
  mutation SetModelGuards($input: SetModelGuardsInput!) {
    setModelGuards(input: $input) {
      rollout {
        ...ModelRollout_rollout
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const GUARDS = [
  'alpha',
  'minimumDecided',
  'minimumSample',
  'shift',
  'labelMixSample',
  'labelMix',
  'latencyMs',
  'latencyFactor',
  'coolDownMinutes',
] as const;
type Guard = (typeof GUARDS)[number];

/** When a version on trial is taken back without anybody asking. */
export function GuardsDialog({ rollout, onClose }: { rollout: Rollout; onClose: () => void }) {
  const { t } = useText('models');
  const change = useChange(SetGuardsDocument);
  const errorAt = useFieldError(change);
  const [fields, set] = useFields<Record<Guard, number | string>>(
    Object.fromEntries(GUARDS.map((guard) => [guard, rollout.guards[guard]])) as Record<Guard, number>,
  );
  const submit = async () => {
    const changed = GUARDS.filter((guard) => Number(fields[guard]) !== rollout.guards[guard]);
    const input = {
      kind: rollout.kind,
      expectedRevision: rollout.revision,
      ...Object.fromEntries(changed.map((guard) => [guard, Number(fields[guard])])),
    };
    if (changed.length === 0 || (await change.send({ input }))) onClose();
  };
  return (
    <FormDialog
      title={t('guards.title', { kind: t(`kind.${rollout.kind}`) })}
      action={t('common:save')}
      fields={GUARDS}
      size="lg"
      refused={change}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>{t('guards.text')}</p>
      <div className={styles.fields}>
        {GUARDS.map((guard) => (
          <NumberInput
            key={guard}
            label={t(`guards.name.${guard}`)}
            description={t(`guards.hint.${guard}`)}
            hideControls
            value={fields[guard]}
            error={errorAt(guard)}
            onChange={(value) => set(guard, value)}
          />
        ))}
      </div>
    </FormDialog>
  );
}

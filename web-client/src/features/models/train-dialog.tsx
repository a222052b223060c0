import { Checkbox, NumberInput, TextInput } from '@mantine/core';
import { useText } from '@/i18n/use-text';
import { FormDialog, useFieldError, useFields } from '@/components/form-dialog';
import { graphql } from '@/graphql/generated';
import type { LabelKind } from '@/graphql/generated/graphql';
import { useChange } from '@/graphql/use-change';
import styles from './models.module.css';

const TrainModelDocument = graphql(`
  mutation TrainModel($input: TrainModelInput!) {
    trainModel(input: $input) {
      run {
        ...ModelRun_run
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const FIELDS = ['minimumPerLabel', 'targetPrecision', 'createdFrom', 'createdTo', 'promoteWhenFirst'];

/** What a training is to learn from, and what it aims at. */
export function TrainDialog({ kind, onClose }: { kind: LabelKind; onClose: () => void }) {
  const { t } = useText('models');
  const change = useChange(TrainModelDocument);
  const errorAt = useFieldError(change);
  const [fields, set] = useFields({
    minimumPerLabel: '5',
    targetPerCent: '90',
    createdFrom: '',
    createdTo: '',
    promoteWhenFirst: true,
  });
  const submit = async () => {
    const { createdFrom, createdTo } = fields;
    const input = {
      kind,
      minimumPerLabel: Number(fields.minimumPerLabel),
      targetPrecision: Number(fields.targetPerCent) / 100,
      promoteWhenFirst: fields.promoteWhenFirst,
      ...(createdFrom === '' ? {} : { createdFrom: new Date(`${createdFrom}T00:00:00`).toISOString() }),
      ...(createdTo === '' ? {} : { createdTo: new Date(`${createdTo}T00:00:00`).toISOString() }),
    };
    if (await change.send({ input })) onClose();
  };
  return (
    <FormDialog
      title={t('train.title', { kind: t(`kind.${kind}`) })}
      action={t('training.start')}
      fields={FIELDS}
      refused={change}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>{t('train.text')}</p>
      <NumberInput
        data-autofocus
        label={t('train.minimumPerLabel')}
        description={t('train.minimumHint')}
        hideControls
        value={fields.minimumPerLabel}
        error={errorAt('minimumPerLabel')}
        onChange={(value) => set('minimumPerLabel', String(value))}
      />
      <NumberInput
        label={t('train.targetPrecision')}
        description={t('train.targetHint')}
        suffix=" %"
        hideControls
        value={fields.targetPerCent}
        error={errorAt('targetPrecision')}
        onChange={(value) => set('targetPerCent', String(value))}
      />
      <div className={styles.fields}>
        <TextInput
          type="date"
          label={t('train.createdFrom')}
          value={fields.createdFrom}
          error={errorAt('createdFrom')}
          onChange={(event) => set('createdFrom', event.currentTarget.value)}
        />
        <TextInput
          type="date"
          label={t('train.createdTo')}
          value={fields.createdTo}
          error={errorAt('createdTo')}
          onChange={(event) => set('createdTo', event.currentTarget.value)}
        />
      </div>
      <Checkbox
        size="xs"
        label={t('train.promoteWhenFirst')}
        checked={fields.promoteWhenFirst}
        error={errorAt('promoteWhenFirst')}
        onChange={(event) => set('promoteWhenFirst', event.currentTarget.checked)}
      />
    </FormDialog>
  );
}

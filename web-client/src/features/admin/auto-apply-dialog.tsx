import { NativeSelect, NumberInput } from '@mantine/core';
import { useText } from '@/i18n/use-text';
import { FormDialog, useFieldError, useFields } from '@/components/form-dialog';
import { graphql } from '@/graphql/generated';
import type { LabelKind } from '@/graphql/generated/graphql';
import { useChange } from '@/graphql/use-change';
import type { AdminQueue } from './queues';

const SetAutoApplyDocument = graphql(`
  mutation SetQueueAutoApply($input: SetQueueAutoApplyInput!) {
    setQueueAutoApply(input: $input) {
      queue {
        ...AdminQueue_queue
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const KINDS: readonly LabelKind[] = ['CATEGORY', 'PRIORITY'];
const FIRST_PER_CENT = 95;

/** From which probability on the desk puts a suggestion on the queue's tickets without asking. */
export function AutoApplyDialog({ queue, onClose }: { queue: AdminQueue; onClose: () => void }) {
  const { t } = useText('admin');
  const change = useChange(SetAutoApplyDocument);
  const errorAt = useFieldError(change);
  const perCentOf = (kind: LabelKind) => {
    const row = queue.autoApply.find((one) => one.kind === kind);
    return row ? Math.round(row.threshold * 1000) / 10 : null;
  };
  const [{ kind, perCent }, set] = useFields<{ kind: LabelKind; perCent: number | string | null }>({
    kind: 'CATEGORY',
    perCent: perCentOf('CATEGORY'),
  });
  const submit = async () => {
    const threshold = perCent === null ? null : Number(perCent) / 100;
    if (await change.send({ input: { queueId: queue.id, kind, threshold } })) onClose();
  };
  return (
    <FormDialog
      title={t('queues.autoApplyTitle', { name: queue.name })}
      action={t('common:save')}
      fields={['threshold']}
      refused={change}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>{t('queues.autoApplyText')}</p>
      <NativeSelect
        data-autofocus
        label={t('queues.what')}
        value={kind}
        data={KINDS.map((one) => ({ value: one, label: t(`kind.${one}`) }))}
        onChange={(event) => {
          const next = event.currentTarget.value as LabelKind;
          set('kind', next);
          set('perCent', perCentOf(next));
        }}
      />
      <NativeSelect
        label={t('queues.autoApply')}
        value={perCent === null ? 'never' : 'from'}
        data={[
          { value: 'never', label: t('queues.never') },
          { value: 'from', label: t('queues.sure') },
        ]}
        onChange={(event) => set('perCent', event.currentTarget.value === 'never' ? null : FIRST_PER_CENT)}
      />
      {perCent === null ? null : (
        <NumberInput
          label={t('queues.threshold')}
          suffix=" %"
          hideControls
          value={perCent}
          error={errorAt('threshold')}
          onChange={(value) => set('perCent', value)}
        />
      )}
    </FormDialog>
  );
}

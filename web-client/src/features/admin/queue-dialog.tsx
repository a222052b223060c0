import { Checkbox, Textarea, TextInput } from '@mantine/core';
import { useText } from '@/i18n/use-text';
import { FormDialog, useFieldError, useFields } from '@/components/form-dialog';
import { graphql } from '@/graphql/generated';
import { useChange } from '@/graphql/use-change';
import type { AdminQueue } from './queues';

const CreateQueueDocument = graphql(`
  mutation CreateQueue($input: CreateQueueInput!) {
    createQueue(input: $input) {
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

const UpdateQueueDocument = graphql(`
  mutation UpdateQueue($input: UpdateQueueInput!) {
    updateQueue(input: $input) {
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

/** A new queue, or another name and place for one that is there. */
export function QueueDialog({ queue, onClose }: { queue: AdminQueue | null; onClose: () => void }) {
  const { t } = useText('admin');
  const create = useChange(CreateQueueDocument);
  const update = useChange(UpdateQueueDocument);
  const change = queue ? update : create;
  const errorAt = useFieldError(change);
  const [{ name, description, isDefault }, set] = useFields({
    name: queue?.name ?? '',
    description: queue?.description ?? '',
    isDefault: queue?.isDefault ?? false,
  });
  const submit = async () => {
    const becomesDefault = isDefault && !queue?.isDefault;
    const done = queue
      ? await update.send({
          input: { id: queue.id, name, description, ...(becomesDefault ? { isDefault: true } : {}) },
        })
      : await create.send({ input: { name, description } });
    if (done) onClose();
  };
  return (
    <FormDialog
      title={queue ? t('editTitle', { name: queue.name }) : t('queues.create')}
      action={queue ? t('common:save') : t('queues.create')}
      fields={['name', 'description', 'isDefault']}
      refused={change}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        label={t('field.name')}
        value={name}
        error={errorAt('name')}
        onChange={(event) => set('name', event.currentTarget.value)}
      />
      <Textarea
        label={t('field.description')}
        autosize
        minRows={2}
        maxRows={8}
        value={description}
        error={errorAt('description')}
        onChange={(event) => set('description', event.currentTarget.value)}
      />
      {queue ? (
        <Checkbox
          label={t('queues.makeDefault')}
          description={t('queues.defaultHint')}
          checked={isDefault}
          disabled={queue.isDefault}
          error={errorAt('isDefault')}
          onChange={(event) => set('isDefault', event.currentTarget.checked)}
        />
      ) : null}
    </FormDialog>
  );
}

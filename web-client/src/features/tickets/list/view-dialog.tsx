import { Radio, Select, Stack, TextInput } from '@mantine/core';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { FormDialog, useFieldError, useFields, type Refused } from '@/components/form-dialog';
import type { SavedViewSharing } from '@/graphql/generated/graphql';
import { TicketChoices } from './choices';

export type ViewProperties = { name: string; sharedWith: SavedViewSharing; queueId: string | null };

type Props = {
  title: string;
  first: ViewProperties;
  /** Whether the viewer may share with everyone: leads and admins. */
  isLeading: boolean;
  refused: Refused;
  onSave: (properties: ViewProperties) => void | Promise<void>;
  onClose: () => void;
};

/** A view's name, and who sees it. */
export default function ViewDialog({ title, first, isLeading, refused, onSave, onClose }: Props) {
  const { t } = useText('views');
  const errorAt = useFieldError(refused);
  const [fields, set] = useFields(first);
  const [{ data }] = useQuery({ query: TicketChoices });
  const queues = (data?.queues ?? []).filter((queue) => queue.viewerRight === 'MANAGE');
  const save = () => onSave({ ...fields, queueId: fields.sharedWith === 'QUEUE' ? fields.queueId : null });
  return (
    <FormDialog
      title={title}
      action={t('save')}
      fields={['name', 'queueId']}
      refused={refused}
      onSubmit={save}
      onClose={onClose}
    >
      <TextInput
        label={t('name')}
        value={fields.name}
        error={errorAt('name')}
        maxLength={120}
        data-autofocus
        onChange={(event) => set('name', event.currentTarget.value)}
      />
      <Radio.Group
        label={t('sharing')}
        value={fields.sharedWith}
        onChange={(value) => set('sharedWith', value)}
      >
        <Stack gap={6} mt={6}>
          <Radio size="xs" value="PRIVATE" label={t('share.PRIVATE')} />
          {queues.length > 0 ? <Radio size="xs" value="QUEUE" label={t('share.QUEUE')} /> : null}
          {isLeading ? <Radio size="xs" value="EVERYONE" label={t('share.EVERYONE')} /> : null}
        </Stack>
      </Radio.Group>
      {fields.sharedWith === 'QUEUE' ? (
        <Select
          label={t('queue')}
          data={queues.map((queue) => ({ value: queue.id, label: queue.name }))}
          value={fields.queueId}
          error={errorAt('queueId')}
          allowDeselect={false}
          onChange={(queueId) => set('queueId', queueId)}
        />
      ) : null}
    </FormDialog>
  );
}

import { NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useText } from '@/i18n/use-text';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { FormDialog, useFieldError, useFields } from '@/components/form-dialog';
import { graphql } from '@/graphql/generated';
import { useChange } from '@/graphql/use-change';
import type { AdminReply } from './replies';

const CreateReplyDocument = graphql(`
  mutation CreateCannedReply($input: CreateCannedReplyInput!) {
    createCannedReply(input: $input) {
      cannedReply {
        ...AdminReply_reply
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const UpdateReplyDocument = graphql(`
  mutation UpdateCannedReply($input: UpdateCannedReplyInput!) {
    updateCannedReply(input: $input) {
      cannedReply {
        ...AdminReply_reply
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const PLACES = '{{requester.name}}, {{ticket.number}}, {{agent.name}}';

type Props = {
  reply: AdminReply | null;
  queues: readonly { id: string; name: string }[];
  isAdmin: boolean;
  onClose: () => void;
};

export function ReplyDialog({ reply, queues, isAdmin, onClose }: Props) {
  const { t } = useText('admin');
  const create = useChange(CreateReplyDocument);
  const update = useChange(UpdateReplyDocument);
  const change = reply ? update : create;
  const errorAt = useFieldError(change);
  const [{ name, body, queueId }, set] = useFields({
    name: reply?.name ?? '',
    body: reply?.body ?? '',
    queueId: reply ? (reply.queue?.id ?? '') : isAdmin ? '' : (queues[0]?.id ?? ''),
  });
  const submit = async () => {
    const input = { name, body, queueId: queueId || null };
    const done = reply
      ? await update.send({ input: { id: reply.id, ...input } })
      : await create.send({ input });
    if (done) onClose();
  };
  return (
    <FormDialog
      title={reply ? t('editTitle', { name: reply.name }) : t('replies.create')}
      action={reply ? t('common:save') : t('replies.create')}
      fields={['name', 'body', 'queueId']}
      size="lg"
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
        label={t('replies.body')}
        description={t('replies.places', { places: PLACES })}
        autosize
        minRows={6}
        maxRows={16}
        value={body}
        error={errorAt('body')}
        onChange={(event) => set('body', event.currentTarget.value)}
      />
      <NativeSelect
        label={t('replies.queue')}
        value={queueId}
        error={errorAt('queueId')}
        onChange={(event) => set('queueId', event.currentTarget.value)}
        data={[
          ...(isAdmin ? [{ value: '', label: t('replies.all') }] : []),
          ...queues.map((queue) => ({ value: queue.id, label: queue.name })),
        ]}
      />
    </FormDialog>
  );
}

/** Asks before a reply is taken out of use, or brought back. */
export function ReplyActiveDialog({ reply, onClose }: { reply: AdminReply; onClose: () => void }) {
  const { t } = useText('admin');
  return (
    <ConfirmDialog
      document={UpdateReplyDocument}
      input={{ id: reply.id, active: !reply.active }}
      title={t(reply.active ? 'retireTitle' : 'reviveTitle', { name: reply.name })}
      action={reply.active ? t('retire') : t('revive')}
      isDangerous={reply.active}
      onClose={onClose}
    >
      {t(reply.active ? 'replies.retireText' : 'replies.reviveText')}
    </ConfirmDialog>
  );
}

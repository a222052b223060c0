import { NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useClient, useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { FormDialog, useFieldError, useFields, type Refused } from '@/components/form-dialog';
import { RecordList, RecordTable } from '@/components/records';
import { RowMenu } from '@/components/row-menu';
import { SectionHead } from '@/components/section';
import { codeOf } from '@/graphql/errors';
import { graphql } from '@/graphql/generated';
import { useChange, type Change } from '@/graphql/use-change';
import { useFormats } from '@/lib/time';

const TagsDocument = graphql(`
  query AdminTags {
    tags {
      id
      name
      ticketCount
    }
  }
`);

const RenameTagDocument = graphql(`
  mutation RenameTag($input: RenameTagInput!) {
    renameTag(input: $input) {
      tag {
        id
        name
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const MergeTagsDocument = graphql(`
  mutation MergeTags($input: MergeTagsInput!) {
    mergeTags(input: $input) {
      changedTickets
      isDone
      errors {
        code
        message
        path
      }
    }
  }
`);

const DeleteTagDocument = graphql(`
  mutation DeleteTag($input: DeleteTagInput!) {
    deleteTag(input: $input) {
      changedTickets
      isDone
      errors {
        code
        message
        path
      }
    }
  }
`);

type Tag = { id: string; name: string; ticketCount: number };
type Open = { what: 'rename' | 'merge' | 'delete'; tag: Tag };
type DialogProps = { tag: Tag; onClose: () => void };

/** Tags come to be on tickets; here they are put in order. */
export function Tags() {
  const { t } = useText('admin');
  const formats = useFormats();
  const [{ data, error }, again] = useQuery({ query: TagsDocument, requestPolicy: 'cache-and-network' });
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const tags = data?.tags;
  return (
    <>
      <SectionHead title={t('section.tags')} text={t('tags.text')} />
      <RecordList
        rows={tags}
        failure={codeOf(error)}
        onRetry={() => again({ requestPolicy: 'network-only' })}
        empty={{ title: t('tags.none'), text: t('tags.noneText') }}
      >
        <RecordTable
          label={t('section.tags')}
          rows={tags ?? []}
          columns={[
            { id: 'name', heading: t('field.name'), cell: (tag) => tag.name },
            {
              id: 'tickets',
              heading: t('tags.tickets'),
              align: 'right',
              cell: (tag) => formats.number(tag.ticketCount),
            },
            {
              id: 'actions',
              heading: t('field.actions'),
              isHeadingHidden: true,
              align: 'right',
              cell: (tag) => (
                <RowMenu
                  name={tag.name}
                  actions={[
                    { label: t('rename'), run: () => setOpen({ what: 'rename', tag }) },
                    ...((tags?.length ?? 0) > 1
                      ? [{ label: t('tags.merge'), run: () => setOpen({ what: 'merge', tag }) }]
                      : []),
                    {
                      label: t('tags.delete'),
                      run: () => setOpen({ what: 'delete', tag }),
                      isDangerous: true,
                    },
                  ]}
                />
              ),
            },
          ]}
        />
      </RecordList>
      {open?.what === 'rename' ? <RenameDialog tag={open.tag} onClose={close} /> : null}
      {open?.what === 'merge' ? <MergeDialog tag={open.tag} tags={tags ?? []} onClose={close} /> : null}
      {open?.what === 'delete' ? <DeleteDialog tag={open.tag} onClose={close} /> : null}
    </>
  );
}

function RenameDialog({ tag, onClose }: DialogProps) {
  const { t } = useText('admin');
  const change = useChange(RenameTagDocument);
  const errorAt = useFieldError(change);
  const [{ name }, set] = useFields({ name: tag.name });
  const submit = async () => {
    if (await change.send({ input: { id: tag.id, name } })) onClose();
  };
  return (
    <FormDialog
      title={t('tags.renameTitle', { name: tag.name })}
      action={t('common:save')}
      fields={['name']}
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
    </FormDialog>
  );
}

function MergeDialog({ tag, tags, onClose }: DialogProps & { tags: readonly Tag[] }) {
  const { t } = useText('admin');
  const others = tags.filter(({ id }) => id !== tag.id);
  const change = useChange(MergeTagsDocument);
  const errorAt = useFieldError(change);
  const [{ targetId }, set] = useFields({ targetId: others[0]?.id ?? '' });
  const { submit, refused } = useUntilDone(
    change,
    { input: { sourceIds: [tag.id], targetId } },
    (data) => data.mergeTags.isDone,
    onClose,
  );
  return (
    <FormDialog
      title={t('tags.mergeTitle', { name: tag.name })}
      action={t('tags.merge')}
      isDangerous
      fields={['targetId']}
      refused={refused}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>{t('tags.mergeText', { name: tag.name, count: tag.ticketCount })}</p>
      <NativeSelect
        data-autofocus
        label={t('tags.target')}
        value={targetId}
        error={errorAt('targetId')}
        onChange={(event) => set('targetId', event.currentTarget.value)}
        data={others.map(({ id, name }) => ({ value: id, label: name }))}
      />
    </FormDialog>
  );
}

function DeleteDialog({ tag, onClose }: DialogProps) {
  const { t } = useText('admin');
  const { submit, refused } = useUntilDone(
    useChange(DeleteTagDocument),
    { input: { id: tag.id } },
    (data) => data.deleteTag.isDone,
    onClose,
  );
  return (
    <FormDialog
      title={t('tags.deleteTitle', { name: tag.name })}
      action={t('tags.delete')}
      isDangerous
      refused={refused}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>{t('tags.deleteText', { count: tag.ticketCount })}</p>
    </FormDialog>
  );
}

/** Sends the same again until all tickets are changed: the desk does as many at a time as it has time for. */
function useUntilDone<Data, Variables>(
  change: Change<Data, Variables>,
  variables: Variables,
  isDone: (data: Data) => boolean,
  onDone: () => void,
): { submit: () => Promise<void>; refused: Refused } {
  const client = useClient();
  const [isSending, setSending] = useState(false);
  const submit = async () => {
    setSending(true);
    let answer = await change.send(variables);
    while (answer && !isDone(answer)) answer = await change.send(variables);
    setSending(false);
    if (!answer) return;
    // How many tickets have a tag is counted by the desk.
    void client.query(TagsDocument, {}, { requestPolicy: 'network-only' }).toPromise();
    onDone();
  };
  return { submit, refused: { ...change, isSending } };
}

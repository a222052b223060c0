import { Button, NativeSelect, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useState, type KeyboardEvent, type SubmitEvent } from 'react';
import { useText } from '@/i18n/use-text';
import { useMistakeText } from '@/components/mistakes';
import { errorKey } from '@/components/state';
import { graphql } from '@/graphql/generated';
import type { NewTicketChoicesQuery } from '@/graphql/generated/graphql';
import { useChange } from '@/graphql/use-change';
import { PRIORITIES } from '../list/search';
import { isEmpty, useKeptForm, type TicketForm } from './kept-form';
import styles from './new-ticket-form.module.css';
import { RequesterField } from './requester-field';

export const NewTicketChoices = graphql(`
  query NewTicketChoices {
    queues {
      id
      name
      isDefault
      viewerRight
      assignees {
        id
        name
      }
    }
    categories {
      id
      name
    }
    tags {
      id
      name
    }
  }
`);

const CreateTicket = graphql(`
  mutation CreateTicket($input: CreateTicketInput!) {
    createTicket(input: $input) {
      ticket {
        id
        number
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

type Props = {
  viewerId: string;
  /** Who the ticket is for, if the page was opened for somebody. */
  requesterId?: string | undefined;
  choices: NewTicketChoicesQuery;
  /** Queues in which the viewer may create tickets; at least one. */
  queues: NewTicketChoicesQuery['queues'];
  onCreated: (number: number) => void;
};

const FIELDS = [
  'requester',
  'requesterName',
  'subject',
  'body',
  'queueId',
  'priority',
  'categoryId',
  'assigneeId',
  'tags',
] as const;
type Field = (typeof FIELDS)[number];

/** A ticket that staff open for somebody. */
export function NewTicketForm({ viewerId, requesterId, choices, queues, onCreated }: Props) {
  const { t } = useText('newTicket');
  const mistakeText = useMistakeText();
  const { form, change, clear } = useKeptForm(viewerId, requesterId);
  const create = useChange(CreateTicket);
  const [missing, setMissing] = useState<ReadonlySet<Field>>(new Set());
  const queue =
    queues.find((one) => one.id === form.queueId) ?? queues.find((one) => one.isDefault) ?? queues[0];
  const assignees = queue?.assignees ?? [];
  const assigneeId = assignees.some(({ id }) => id === form.assigneeId) ? form.assigneeId : '';

  const submit = async (event?: SubmitEvent) => {
    event?.preventDefault();
    const empty = emptyFields(form);
    setMissing(new Set(empty));
    if (empty.length > 0 || create.isSending) return;
    const data = await create.send({ input: inputOf(form, queue?.id, assigneeId) });
    if (!data?.createTicket.ticket) return;
    clear();
    onCreated(data.createTicket.ticket.number);
  };
  const errorOf = (field: Field): string | undefined => {
    if (missing.has(field))
      return t(`missing.${field === 'requester' || field === 'body' ? field : 'subject'}`);
    const mistake = create.mistakes.find(({ path }) => fieldOf(path) === field);
    return mistake && mistakeText(mistake);
  };
  const set = (part: Partial<TicketForm>) => {
    change(part);
    setMissing(new Set());
    create.reset();
  };
  const others = create.mistakes.filter(({ path }) => fieldOf(path) === undefined).map(mistakeText);
  const problems = create.failure === null ? others : [t(`common:${errorKey(create.failure)}`), ...others];
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void submit();
  };

  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <div className={styles.main}>
        <RequesterField
          requesterId={form.requesterId}
          requesterEmail={form.requesterEmail}
          error={errorOf('requester')}
          onChoose={set}
        />
        {form.requesterEmail === '' ? null : (
          <TextInput
            label={t('requesterName')}
            description={t('requesterNameHelp')}
            maxLength={200}
            value={form.requesterName}
            error={errorOf('requesterName')}
            onChange={(event) => set({ requesterName: event.currentTarget.value })}
          />
        )}
        <TextInput
          label={t('subject')}
          required
          withAsterisk={false}
          maxLength={255}
          value={form.subject}
          error={errorOf('subject')}
          onChange={(event) => set({ subject: event.currentTarget.value })}
        />
        <Textarea
          label={t('body')}
          description={t('bodyHelp')}
          required
          withAsterisk={false}
          autosize
          minRows={10}
          maxRows={24}
          value={form.body}
          error={errorOf('body')}
          onKeyDown={onKeyDown}
          onChange={(event) => set({ body: event.currentTarget.value })}
        />
      </div>
      <div className={styles.side}>
        <NativeSelect
          label={t('queue')}
          value={queue?.id ?? ''}
          error={errorOf('queueId')}
          data={queues.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(event) => set({ queueId: event.currentTarget.value })}
        />
        <NativeSelect
          label={t('priority')}
          value={form.priority}
          error={errorOf('priority')}
          data={PRIORITIES.map((one) => ({ value: one, label: t(`common:priority.${one}`) }))}
          onChange={(event) => set({ priority: event.currentTarget.value })}
        />
        <NativeSelect
          label={t('category')}
          value={form.categoryId}
          error={errorOf('categoryId')}
          data={[{ value: '', label: t('undecided') }, ...choices.categories.map(choice)]}
          onChange={(event) => set({ categoryId: event.currentTarget.value })}
        />
        <NativeSelect
          label={t('assignee')}
          value={assigneeId}
          error={errorOf('assigneeId')}
          data={[{ value: '', label: t('nobody') }, ...assignees.map(choice)]}
          onChange={(event) => set({ assigneeId: event.currentTarget.value })}
        />
        <TagsInput
          label={t('tags')}
          placeholder={form.tags.length === 0 ? t('tagsPlaceholder') : ''}
          data={choices.tags.map(({ name }) => name)}
          value={[...form.tags]}
          error={errorOf('tags')}
          comboboxProps={{ shadow: 'md' }}
          onChange={(tags) => set({ tags })}
        />
      </div>
      <div className={styles.end}>
        {problems.length > 0 ? (
          <p role="alert" className={styles.problem}>
            {problems.join(' ')}
          </p>
        ) : null}
        <div className={styles.foot}>
          <span className={styles.kept}>{isEmpty(form) ? null : t('kept')}</span>
          <Button size="xs" variant="default" disabled={isEmpty(form)} onClick={clear}>
            {t('clear')}
          </Button>
          <Button size="xs" type="submit" loading={create.isSending}>
            {t('create')}
          </Button>
        </div>
      </div>
    </form>
  );
}

function choice({ id, name }: { id: string; name: string }) {
  return { value: id, label: name };
}

function emptyFields(form: TicketForm): Field[] {
  const empty: Field[] = [];
  if (form.requesterId === '' && form.requesterEmail === '') empty.push('requester');
  if (form.subject.trim() === '') empty.push('subject');
  if (form.body.trim() === '') empty.push('body');
  return empty;
}

/** The field that shows what the desk says about a part of the input. */
function fieldOf(path: string): Field | undefined {
  if (path === 'requesterId' || path === 'requesterEmail') return 'requester';
  // Of a list it names the item, such as `tags.0`.
  return FIELDS.find((field) => path === field || path.startsWith(`${field}.`));
}

function inputOf(form: TicketForm, queueId: string | undefined, assigneeId: string) {
  const isNew = form.requesterEmail !== '';
  return {
    subject: form.subject,
    body: form.body,
    ...(isNew ? { requesterEmail: form.requesterEmail } : { requesterId: form.requesterId }),
    ...(isNew && form.requesterName.trim() !== '' ? { requesterName: form.requesterName } : {}),
    ...(queueId === undefined ? {} : { queueId }),
    // Normal is what the desk makes of none, and then it counts as undecided: suggestions may still say otherwise.
    ...priorityOf(form.priority),
    ...(form.categoryId === '' ? {} : { categoryId: form.categoryId }),
    ...(assigneeId === '' ? {} : { assigneeId }),
    tags: [...form.tags],
    idempotencyKey: form.idempotencyKey,
  };
}

function priorityOf(value: string) {
  const priority = PRIORITIES.find((one) => one === value);
  return priority === undefined || priority === 'NORMAL' ? {} : { priority };
}

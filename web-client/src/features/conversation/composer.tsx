import { Button, Textarea } from '@mantine/core';
import { useRef, useState } from 'react';
import { useClient, useMutation } from 'urql';
import { useText } from '@/i18n/use-text';
import { errorKey, useMistakeText } from '@/components/state';
import { codeOf } from '@/graphql/errors';
import { graphql } from '@/graphql/generated';
import type { TicketStatus } from '@/graphql/generated/graphql';
import { useCommands } from '@/lib/commands';
import styles from './composer.module.css';
import { draftOf, emptyDraft, keepDraft, type Draft } from './drafts';

const AddReply = graphql(`
  mutation AddReply($input: AddMessageInput!) {
    addReply(input: $input) {
      message {
        ...Timeline_message
      }
      ticket {
        ...Composer_ticket
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const AddNote = graphql(`
  mutation AddNote($input: AddMessageInput!) {
    addNote(input: $input) {
      message {
        ...Timeline_message
      }
      ticket {
        ...Composer_ticket
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const ComposerFields = graphql(`
  fragment Composer_ticket on Ticket {
    id
    status
    version
    updatedAt
  }
`);

type Props = {
  ticketId: string;
  /** Keys are pressed. */
  onTyping: () => void;
  onSent: () => void;
};

/** Writes a public reply or an internal note. What is typed is only ever taken away by sending it. */
export function Composer({ ticketId, onTyping, onSent }: Props) {
  const { t } = useText('conversation');
  const mistakeText = useMistakeText();
  const client = useClient();
  const [draft, setDraft] = useState(() => draftOf(client, ticketId));
  const { kind, body } = draft;
  const change = (part: Partial<Draft>) => {
    const next = { ...draft, ...part };
    setDraft(next);
    keepDraft(client, ticketId, next);
  };
  const [problem, setProblem] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const [reply, addReply] = useMutation(AddReply);
  const [note, addNote] = useMutation(AddNote);
  const isBusy = reply.fetching || note.fetching;

  const send = async (status?: TicketStatus) => {
    if (body.trim() === '' || isBusy) return;
    setProblem(null);
    const input = { ticketId, body, idempotencyKey: draft.idempotencyKey, ...(status ? { status } : {}) };
    const { data, error } =
      kind === 'reply'
        ? await addReply({ input }).then((result) => ({ data: result.data?.addReply, error: result.error }))
        : await addNote({ input }).then((result) => ({ data: result.data?.addNote, error: result.error }));
    const mistake = data?.errors[0];
    if (error ?? mistake) {
      setProblem(mistake ? mistakeText(mistake) : t(`common:${errorKey(codeOf(error) ?? 'INTERNAL')}`));
      return;
    }
    change(emptyDraft());
    onSent();
  };
  const write = (next: Draft['kind']) => {
    change({ kind: next });
    field.current?.focus();
  };

  const group = t('command.group');
  useCommands([
    { id: 'conversation.reply', title: t('command.reply'), group, shortcut: 'r', run: () => write('reply') },
    { id: 'conversation.note', title: t('command.note'), group, shortcut: 'n', run: () => write('note') },
  ]);

  return (
    <section
      className={`${styles.composer ?? ''} ${kind === 'note' ? (styles.note ?? '') : ''}`}
      aria-label={t('composer')}
    >
      <div className={styles.kinds} role="group" aria-label={t('kind')}>
        {(['reply', 'note'] as const).map((one) => (
          <button
            key={one}
            type="button"
            className={styles.kind}
            aria-pressed={kind === one}
            onClick={() => write(one)}
          >
            {t(`kinds.${one}`)}
          </button>
        ))}
      </div>
      <Textarea
        ref={field}
        variant="unstyled"
        autosize
        minRows={2}
        maxRows={14}
        aria-label={t(`kinds.${kind}`)}
        placeholder={t(`placeholder.${kind}`)}
        value={body}
        onChange={(event) => {
          change({ body: event.currentTarget.value });
          onTyping();
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            void send();
          } else if (event.key === 'Escape') {
            event.currentTarget.blur();
          }
        }}
      />
      <div className={styles.foot}>
        {problem !== null ? (
          <span role="alert" className={styles.problem}>
            {problem}
          </span>
        ) : (
          <span className={styles.hint}>{t(`hint.${kind}`)}</span>
        )}
        {kind === 'reply' ? (
          <Button
            size="xs"
            variant="default"
            disabled={body.trim() === '' || isBusy}
            onClick={() => void send('SOLVED')}
          >
            {t('sendAndSolve')}
          </Button>
        ) : null}
        <Button size="xs" loading={isBusy} disabled={body.trim() === ''} onClick={() => void send()}>
          {t(`send.${kind}`)}
        </Button>
      </div>
    </section>
  );
}

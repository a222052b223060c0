import { Button, Textarea } from '@mantine/core';
import { useRef, useState } from 'react';
import { useMutation } from 'urql';
import { useText } from '@/i18n/use-text';
import { useMistakeText } from '@/components/mistakes';
import { errorKey } from '@/components/state';
import { codeOf } from '@/graphql/errors';
import { graphql } from '@/graphql/generated';
import type { TicketStatus } from '@/graphql/generated/graphql';
import { useCommands } from '@/lib/commands';
import styles from './composer.module.css';
import { useDraft, type DraftKind } from './drafts';
import { MentionList } from './mention-list';
import { mentionedIn, type Colleague } from './mentions';
import { useMentions } from './use-mentions';

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
  /** Whom a note may call to the ticket. */
  colleagues: readonly Colleague[];
  /** Keys are pressed. */
  onTyping: () => void;
  onSent: () => void;
};

const NOBODY: readonly Colleague[] = [];

/** Writes a public reply or an internal note. What is typed is only ever taken away by sending it. */
export function Composer({ ticketId, colleagues, onTyping, onSent }: Props) {
  const { t } = useText('conversation');
  const mistakeText = useMistakeText();
  const { draft, writing } = useDraft(ticketId);
  const { kind, body, other } = draft;
  const [problem, setProblem] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const [reply, addReply] = useMutation(AddReply);
  const [note, addNote] = useMutation(AddNote);
  const mentions = useMentions(field, kind === 'NOTE' ? colleagues : NOBODY, (text) =>
    writing.change({ body: text }),
  );
  const isBusy = reply.fetching || note.fetching;

  const send = async (status?: TicketStatus) => {
    if (body.trim() === '' || isBusy) return;
    setProblem(null);
    // A save that arrives after the message would leave it as a draft.
    await writing.settled();
    const input = { ticketId, body, idempotencyKey: draft.idempotencyKey, ...(status ? { status } : {}) };
    const { data, error } =
      kind === 'REPLY'
        ? await addReply({ input }).then((result) => ({ data: result.data?.addReply, error: result.error }))
        : await addNote({
            input: { ...input, mentionIds: mentionedIn(body, colleagues).map(({ id }) => id) },
          }).then((result) => ({ data: result.data?.addNote, error: result.error }));
    const mistake = data?.errors[0];
    if (error ?? mistake) {
      setProblem(mistake ? mistakeText(mistake) : t(`common:${errorKey(codeOf(error) ?? 'INTERNAL')}`));
      return;
    }
    writing.sent();
    onSent();
  };
  const write = (next: DraftKind) => {
    writing.change({ kind: next });
    field.current?.focus();
  };

  const group = t('command.group');
  useCommands([
    { id: 'conversation.reply', title: t('command.reply'), group, shortcut: 'r', run: () => write('REPLY') },
    { id: 'conversation.note', title: t('command.note'), group, shortcut: 'n', run: () => write('NOTE') },
  ]);

  return (
    <section
      className={`${styles.composer ?? ''} ${kind === 'NOTE' ? (styles.note ?? '') : ''}`}
      aria-label={t('composer')}
    >
      <div className={styles.kinds} role="group" aria-label={t('kind')}>
        {(['REPLY', 'NOTE'] as const).map((one) => (
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
      {other ? (
        <div role="alert" className={styles.other}>
          <span>{t(other.body === '' ? 'other.gone' : 'other.changed')}</span>
          <Button size="compact-xs" variant="default" onClick={() => writing.keep()}>
            {t('other.keep')}
          </Button>
          <Button size="compact-xs" variant="default" onClick={() => writing.take()}>
            {t('other.take')}
          </Button>
        </div>
      ) : null}
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
          writing.change({ body: event.currentTarget.value });
          mentions.look(event.currentTarget.value, event.currentTarget.selectionStart);
          onTyping();
        }}
        onSelect={(event) => mentions.look(event.currentTarget.value, event.currentTarget.selectionStart)}
        onBlur={mentions.close}
        {...(mentions.offered.length > 0
          ? { 'aria-controls': mentions.id, 'aria-activedescendant': `${mentions.id}-${mentions.at}` }
          : {})}
        aria-autocomplete={kind === 'NOTE' ? 'list' : 'none'}
        onKeyDown={(event) => {
          if (mentions.onKeyDown(event)) return;
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            void send();
          } else if (event.key === 'Escape') {
            event.currentTarget.blur();
          }
        }}
      />
      <MentionList {...mentions} />
      <div className={styles.foot}>
        {problem !== null ? (
          <span role="alert" className={styles.problem}>
            {problem}
          </span>
        ) : (
          <span className={styles.hint}>{t(`hint.${kind}`)}</span>
        )}
        {kind === 'REPLY' ? (
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

import { Button, Group, SegmentedControl, Textarea } from '@mantine/core';
import { type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMutation } from 'urql';

import { graphql } from '../../graphql/generated';
import { useReport } from '../../lib/useReport';

const AddReplyDocument = graphql(`
  mutation AddReply($input: AddMessageInput!) {
    addReply(input: $input) {
      message {
        id
      }
      errors {
        message
      }
    }
  }
`);

const AddNoteDocument = graphql(`
  mutation AddNote($input: AddMessageInput!) {
    addNote(input: $input) {
      message {
        id
      }
      errors {
        message
      }
    }
  }
`);

type Kind = 'reply' | 'note';
interface Draft {
  kind: Kind;
  body: string;
  /** Sent with the message, so that a request repeated after a lost answer adds nothing. */
  key: string;
}

const blank = (kind: Kind): Draft => ({ kind, body: '', key: newKey() });

// crypto.randomUUID is missing on plain HTTP to another host.
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

function stored(place: string): Draft {
  try {
    return {
      ...blank('reply'),
      ...(JSON.parse(localStorage.getItem(place) ?? '{}') as Partial<Draft>),
    };
  } catch {
    return blank('reply');
  }
}

/** Writes a reply or a note. What is typed stays in this browser until it is sent. */
export function Composer({ ticketId, onSent }: { ticketId: string; onSent: () => void }) {
  const { t } = useTranslation();
  const place = `deskwire.draft.${ticketId}`;
  const [draft, setDraft] = useState(() => stored(place));
  const report = useReport();
  const [reply, addReply] = useMutation(AddReplyDocument);
  const [note, addNote] = useMutation(AddNoteDocument);
  const isSending = reply.fetching || note.fetching;
  const isNote = draft.kind === 'note';
  const isBlank = !draft.body.trim();

  const change = (next: Draft) => {
    setDraft(next);
    if (next.body) localStorage.setItem(place, JSON.stringify(next));
    else localStorage.removeItem(place);
  };
  const send = async () => {
    if (isBlank || isSending) return;
    const input = { ticketId, body: draft.body, idempotencyKey: draft.key };
    const isDone = isNote
      ? await addNote({ input }).then((result) => report(result, result.data?.addNote))
      : await addReply({ input }).then((result) => report(result, result.data?.addReply));
    if (!isDone) return;
    change(blank(draft.kind));
    onSent();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send();
  };
  return (
    <div className="composer">
      <Textarea
        aria-label={t(isNote ? 'composer.noteLabel' : 'composer.replyLabel')}
        placeholder={t(isNote ? 'composer.placeholderNote' : 'composer.placeholderReply')}
        autosize
        minRows={3}
        maxRows={10}
        disabled={isSending}
        value={draft.body}
        onChange={(event) => change({ ...draft, key: newKey(), body: event.currentTarget.value })}
        onKeyDown={onKeyDown}
      />
      <Group justify="space-between" mt="xs">
        <SegmentedControl
          size="xs"
          value={draft.kind}
          onChange={(kind) => change({ ...draft, key: newKey(), kind: kind as Kind })}
          data={[
            { value: 'reply', label: t('composer.reply') },
            { value: 'note', label: t('composer.note') },
          ]}
        />
        <Button size="xs" loading={isSending} disabled={isBlank} onClick={() => void send()}>
          {t(isNote ? 'composer.addNote' : 'composer.sendReply')}
        </Button>
      </Group>
    </div>
  );
}

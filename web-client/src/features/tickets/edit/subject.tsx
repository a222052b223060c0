import { useRef, useState, type ReactNode } from 'react';
import { useText } from '@/i18n/use-text';
import { useCommands } from '@/lib/commands';
import type { Edit } from './edit-ticket';
import styles from './subject.module.css';
import type { Properties as Ticket } from './use-edit-ticket';

type Props = {
  ticket: Ticket;
  canEdit: boolean;
  /** The subject as it is shown. */
  children: ReactNode;
  onEdit: (seen: Ticket, edit: Edit) => void;
};

/** The subject, which becomes a field to write in. */
export function Subject({ ticket, canEdit, children, onEdit }: Props) {
  const { t } = useText('tickets');
  const [draft, setDraft] = useState<{ seen: Ticket; text: string } | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const begin = () => setDraft({ seen: ticket, text: ticket.subject });
  const end = () => {
    setDraft(null);
    requestAnimationFrame(() => button.current?.focus());
  };
  const save = () => {
    const text = draft?.text.trim() ?? '';
    if (draft && text !== '' && text !== draft.seen.subject)
      onEdit(draft.seen, { field: 'subject', value: text });
    end();
  };
  useCommands([
    {
      id: 'ticket.subject',
      title: t('command.subject'),
      group: t('command.ticketGroup'),
      shortcut: 'e',
      enabled: canEdit,
      run: begin,
    },
  ]);
  if (draft) {
    return (
      <input
        className={styles.field}
        aria-label={t('column.subject')}
        maxLength={255}
        // The user has just asked to write here.
        // eslint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        value={draft.text}
        onChange={(event) => setDraft({ ...draft, text: event.currentTarget.value })}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key === 'Enter') save();
          else if (event.key === 'Escape') {
            event.preventDefault();
            end();
          }
        }}
      />
    );
  }
  return (
    <h1 className={styles.subject}>
      {canEdit ? (
        <button
          ref={button}
          type="button"
          className={styles.button}
          title={t('edit.subject')}
          onClick={begin}
        >
          {children}
        </button>
      ) : (
        children
      )}
    </h1>
  );
}

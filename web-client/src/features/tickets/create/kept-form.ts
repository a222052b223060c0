import { useState } from 'react';
import { newKey } from '@/lib/new-key';
import { remember, remembered } from '@/lib/storage';

/** A ticket that is being written. Empty text: not chosen. */
export type TicketForm = {
  requesterId: string;
  /** Somebody whom the desk does not know yet, in place of `requesterId`. */
  requesterEmail: string;
  requesterName: string;
  subject: string;
  body: string;
  queueId: string;
  priority: string;
  categoryId: string;
  assigneeId: string;
  tags: readonly string[];
  /** One for each text: sending it again after a lost answer creates nothing. */
  idempotencyKey: string;
};

/**
 * The form as this browser keeps it for one person, until it is sent or cleared: through other pages, a reload and a
 * refusal. `requesterId` takes the place of the requester who was chosen before.
 */
export function useKeptForm(viewerId: string, requesterId: string | undefined) {
  const place = `new-ticket.${viewerId}`;
  const [form, setForm] = useState<TicketForm>(() => {
    const kept = readForm(remembered(place));
    return requesterId === undefined
      ? kept
      : { ...kept, requesterId, requesterEmail: '', requesterName: '', idempotencyKey: newKey() };
  });
  const change = (part: Partial<TicketForm>) => {
    // Another text is another ticket.
    const next = { ...form, ...part, idempotencyKey: newKey() };
    setForm(next);
    remember(place, JSON.stringify(next));
  };
  const clear = () => {
    setForm(emptyForm());
    remember(place, null);
  };
  return { form, change, clear };
}

function readForm(text: string | null): TicketForm {
  const form = emptyForm();
  if (text === null) return form;
  try {
    return { ...form, ...(JSON.parse(text) as Partial<TicketForm>) };
  } catch {
    return form;
  }
}

export function isEmpty(form: TicketForm): boolean {
  return form.subject === '' && form.body === '' && form.requesterId === '' && form.requesterEmail === '';
}

function emptyForm(): TicketForm {
  return {
    requesterId: '',
    requesterEmail: '',
    requesterName: '',
    subject: '',
    body: '',
    queueId: '',
    priority: 'NORMAL',
    categoryId: '',
    assigneeId: '',
    tags: [],
    idempotencyKey: newKey(),
  };
}

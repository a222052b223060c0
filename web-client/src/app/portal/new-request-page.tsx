import { Button, Textarea, TextInput } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState, type SubmitEvent } from 'react';
import { useMutation } from 'urql';
import { useText } from '@/i18n/use-text';
import { useMistakeText } from '@/components/mistakes';
import { errorKey } from '@/components/state';
import { codeOf } from '@/graphql/errors';
import { graphql } from '@/graphql/generated';
import { newKey } from '@/lib/new-key';
import { usePageTitle } from '../pages/use-page-title';
import styles from './portal.module.css';

const SubmitRequest = graphql(`
  mutation SubmitRequest($input: CreateTicketInput!) {
    createTicket(input: $input) {
      ticket {
        id
        number
        ...RequestRow_ticket
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const FIELDS = ['subject', 'body'] as const;
type Field = (typeof FIELDS)[number];

/** Asks for help: what it is about, and what happened. */
export function NewRequestPage() {
  const { t } = useText('portal');
  const mistakeText = useMistakeText();
  const navigate = useNavigate();
  const [values, setValues] = useState({ subject: '', body: '' });
  const [key, setKey] = useState(newKey);
  const [mistakes, setMistakes] = useState<Partial<Record<Field | 'all', string>>>({});
  const [{ fetching }, submitRequest] = useMutation(SubmitRequest);
  usePageTitle(t('new.title'));

  const change = (field: Field, value: string) => {
    setValues({ ...values, [field]: value });
    setMistakes({ ...mistakes, [field]: undefined });
    // Another text is another request; the same one sent twice is not.
    setKey(newKey());
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const empty = FIELDS.filter((field) => values[field].trim() === '');
    if (empty.length > 0) {
      setMistakes(Object.fromEntries(empty.map((field) => [field, t(`new.missing.${field}`)])));
      return;
    }
    const { data, error } = await submitRequest({ input: { ...values, idempotencyKey: key } });
    const answer = data?.createTicket;
    if (answer?.ticket && answer.errors.length === 0) {
      const params = { number: String(answer.ticket.number) };
      void navigate({ to: '/portal/tickets/$number', params, replace: true });
      return;
    }
    const found = (answer?.errors ?? []).map((mistake) => {
      const field = FIELDS.find((one) => one === mistake.path) ?? 'all';
      return [field, mistakeText(mistake)] as const;
    });
    const all = t(`common:${errorKey(codeOf(error) ?? 'INTERNAL')}`);
    setMistakes(found.length > 0 ? Object.fromEntries(found) : { all });
  };

  return (
    <>
      <div className={styles.heading}>
        <h1 className={styles.title}>{t('new.title')}</h1>
      </div>
      <form className={styles.form} onSubmit={submit} noValidate>
        <TextInput
          label={t('new.subject')}
          description={t('new.subjectHelp')}
          size="md"
          maxLength={255}
          required
          withAsterisk={false}
          data-autofocus
          value={values.subject}
          error={mistakes.subject}
          onChange={(event) => change('subject', event.currentTarget.value)}
        />
        <Textarea
          label={t('new.body')}
          description={t('new.bodyHelp')}
          size="md"
          autosize
          minRows={6}
          maxRows={18}
          required
          withAsterisk={false}
          value={values.body}
          error={mistakes.body}
          onChange={(event) => change('body', event.currentTarget.value)}
        />
        {mistakes.all === undefined ? null : (
          <p role="alert" className={styles.problem}>
            {mistakes.all}
          </p>
        )}
        <div className={styles.buttons}>
          <Button component={Link} to="/portal" variant="default">
            {t('new.cancel')}
          </Button>
          <Button type="submit" loading={fetching}>
            {t('new.send')}
          </Button>
        </div>
      </form>
    </>
  );
}

import { Button, Textarea } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { useMutation } from 'urql';
import { useText } from '@/i18n/use-text';
import { useMistakeText } from '@/components/mistakes';
import { errorKey } from '@/components/state';
import { useDraft } from '@/features/conversation/drafts';
import { codeOf } from '@/graphql/errors';
import { graphql } from '@/graphql/generated';
import styles from './portal.module.css';

const ReplyToRequest = graphql(`
  mutation ReplyToRequest($input: AddMessageInput!) {
    addReply(input: $input) {
      message {
        id
        ...RequestMessage
      }
      ticket {
        id
        ...RequestRow_ticket
      }
      errors {
        code
        message
      }
    }
  }
`);

/** Answers on a request. What is typed is kept until it is sent, on any device. */
export function ReplyForm({ ticketId, isSolved }: { ticketId: string; isSolved: boolean }) {
  const { t } = useText('portal');
  const mistakeText = useMistakeText();
  const { draft, writing } = useDraft(ticketId);
  const { body, other } = draft;
  const [problem, setProblem] = useState<string | null>(null);
  const [{ fetching }, reply] = useMutation(ReplyToRequest);
  const send = async () => {
    if (body.trim() === '' || fetching) return;
    setProblem(null);
    // A save that arrives after the message would leave it as a draft.
    await writing.settled();
    const { data, error } = await reply({
      input: { ticketId, body, idempotencyKey: draft.idempotencyKey },
    });
    const mistake = data?.addReply.errors[0];
    if (mistake) setProblem(mistakeText(mistake));
    else if (error) setProblem(t(`common:${errorKey(codeOf(error) ?? 'INTERNAL')}`));
    else writing.sent();
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void send();
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      {other ? (
        <div role="alert" className={styles.facts}>
          <span>{t(other.body === '' ? 'reply.gone' : 'reply.changed')}</span>
          <Button size="compact-sm" variant="default" onClick={() => writing.keep()}>
            {t('reply.keep')}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => writing.take()}>
            {t('reply.take')}
          </Button>
        </div>
      ) : null}
      <Textarea
        label={t('reply.label')}
        {...(isSolved ? { description: t('reply.reopens') } : {})}
        size="md"
        autosize
        minRows={3}
        maxRows={14}
        value={body}
        error={problem}
        onChange={(event) => writing.change({ kind: 'REPLY', body: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          void send();
        }}
      />
      <div className={styles.buttons}>
        <Button type="submit" loading={fetching} disabled={body.trim() === ''}>
          {t('reply.send')}
        </Button>
      </div>
    </form>
  );
}

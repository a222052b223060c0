import { Button } from '@mantine/core';
import { IconChevronLeft } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useMutation } from 'urql';
import { useText } from '@/i18n/use-text';
import { StatusSign } from '@/components/marks';
import { useMistakeText } from '@/components/mistakes';
import { EmptyState, ErrorState, errorKey, LoadingState } from '@/components/state';
import { codeOf } from '@/graphql/errors';
import { graphql, unmask } from '@/graphql/generated';
import { useFormats } from '@/lib/time';
import { usePageTitle } from '../pages/use-page-title';
import { ReplyForm } from './reply-form';
import { RequestMessages } from './request-messages';
import { RequestRowFields } from './requests-page';
import { useRequest, type Request } from './use-request';
import styles from './portal.module.css';

const SolveRequest = graphql(`
  mutation SolveRequest($input: ChangeTicketStatusInput!) {
    changeTicketStatus(input: $input) {
      ticket {
        ...RequestRow_ticket
      }
      errors {
        code
        message
      }
    }
  }
`);

/** One request: what was said, where it stands, and a place to answer. */
export function RequestPage() {
  const { t } = useText('portal');
  const number = Number(useParams({ from: '/portal/tickets/$number' }).number);
  const state = useRequest(number);
  return (
    <>
      <Link to="/portal" className={styles.back}>
        <IconChevronLeft size={16} aria-hidden />
        {t('list.title')}
      </Link>
      {state.kind === 'loading' ? <LoadingState lines={6} /> : null}
      {state.kind === 'failed' ? <ErrorState code={state.code} onRetry={state.retry} /> : null}
      {state.kind === 'missing' ? (
        <EmptyState title={t('request.missing')}>{t('request.missingText')}</EmptyState>
      ) : null}
      {state.kind === 'ready' ? <Content key={state.request.id} request={state.request} /> : null}
    </>
  );
}

function Content({ request }: { request: Request }) {
  const { t } = useText('portal');
  const formats = useFormats();
  const ticket = unmask(RequestRowFields, request);
  const { status } = ticket;
  usePageTitle(ticket.subject);
  return (
    <>
      <div className={styles.heading}>
        <div>
          <h1 className={styles.title}>{ticket.subject}</h1>
          <p className={styles.facts}>
            <span role="status">
              <StatusSign status={status} name={t(`status.${status}`)} />
            </span>
            <span>#{ticket.number}</span>
            <span>{t('request.created', { date: formats.date(request.createdAt) })}</span>
            {ticket.assignee ? <span>{t('with', { name: ticket.assignee.name })}</span> : null}
          </p>
        </div>
        {status === 'OPEN' || status === 'PENDING' ? <SolveButton id={request.id} /> : null}
      </div>
      <RequestMessages ticketId={request.id} page={request.messages} />
      {request.mergedInto ? (
        <p className={styles.closed}>
          {t('request.merged')}{' '}
          <Link to="/portal/tickets/$number" params={{ number: String(request.mergedInto.number) }}>
            #{request.mergedInto.number}
          </Link>
        </p>
      ) : status === 'CLOSED' ? (
        <p className={styles.closed}>
          {t('request.closed')} <Link to="/portal/new">{t('new.open')}</Link>
        </p>
      ) : (
        <ReplyForm ticketId={request.id} isSolved={status === 'SOLVED'} />
      )}
    </>
  );
}

function SolveButton({ id }: { id: string }) {
  const { t } = useText('portal');
  const mistakeText = useMistakeText();
  const [problem, setProblem] = useState<string | null>(null);
  const [{ fetching }, solve] = useMutation(SolveRequest);
  const run = async () => {
    const { data, error } = await solve({ input: { id, status: 'SOLVED' } });
    const mistake = data?.changeTicketStatus.errors[0];
    if (mistake) setProblem(mistakeText(mistake));
    else setProblem(error ? t(`common:${errorKey(codeOf(error) ?? 'INTERNAL')}`) : null);
  };
  return (
    <div className={styles.solve}>
      <Button variant="default" size="xs" loading={fetching} onClick={() => void run()}>
        {t('request.solve')}
      </Button>
      {problem === null ? null : (
        <p role="alert" className={styles.problem}>
          {problem}
        </p>
      )}
    </div>
  );
}

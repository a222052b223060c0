import { Button } from '@mantine/core';
import { useState } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { Age, Avatar } from '@/components/marks';
import { ErrorState } from '@/components/state';
import { useViewer } from '@/features/session/session-context';
import { codeOf } from '@/graphql/errors';
import { graphql, unmask, type FragmentType } from '@/graphql/generated';
import styles from './portal.module.css';

const MessageFields = graphql(`
  fragment RequestMessage on Message {
    id
    body
    createdAt
    author {
      id
      name
    }
  }
`);

const MessagesFields = graphql(`
  fragment RequestMessages on MessageConnection {
    nodes {
      id
      ...RequestMessage
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
`);

const EarlierMessages = graphql(`
  query EarlierRequestMessages($id: ID!, $after: String) {
    node(id: $id) {
      id
      ... on Ticket {
        messages(first: 50, order: NEWEST, after: $after) {
          ...RequestMessages
        }
      }
    }
  }
`);

type Props = { ticketId: string; page: FragmentType<typeof MessagesFields> };

/** The conversation, oldest first; of a long one the end, and earlier parts when asked for. */
export function RequestMessages({ ticketId, page }: Props) {
  const { t } = useText('portal');
  return (
    <div role="log" aria-label={t('request.messages')}>
      <ol className={styles.messages}>
        <Part ticketId={ticketId} page={page} />
      </ol>
    </div>
  );
}

function Part({ ticketId, page }: Props) {
  const { t } = useText('portal');
  const { nodes, pageInfo } = unmask(MessagesFields, page);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      {pageInfo.hasNextPage && isOpen ? <Earlier ticketId={ticketId} after={pageInfo.endCursor} /> : null}
      {pageInfo.hasNextPage && !isOpen ? (
        <li className={styles.earlier}>
          <Button variant="default" size="xs" onClick={() => setOpen(true)}>
            {t('request.earlier')}
          </Button>
        </li>
      ) : null}
      {[...nodes].reverse().map((node) => (
        <Message key={node.id} message={node} />
      ))}
    </>
  );
}

function Earlier({ ticketId, after }: { ticketId: string; after: string | null }) {
  const { t } = useText('portal');
  const [{ data, error }, again] = useQuery({ query: EarlierMessages, variables: { id: ticketId, after } });
  const node = data?.node;
  if (node && 'messages' in node) return <Part ticketId={ticketId} page={node.messages} />;
  if (error) {
    return (
      <li>
        <ErrorState
          code={codeOf(error) ?? 'INTERNAL'}
          onRetry={() => again({ requestPolicy: 'network-only' })}
        />
      </li>
    );
  }
  return <li className={styles.earlier}>{t('common:loading')}</li>;
}

function Message({ message: ref }: { message: FragmentType<typeof MessageFields> }) {
  const { t } = useText('portal');
  const viewer = useViewer();
  const message = unmask(MessageFields, ref);
  const isOwn = message.author?.id === viewer.id;
  const name = message.author?.name ?? t('desk');
  return (
    <li className={styles.message} data-own={isOwn ? '' : undefined}>
      <article aria-label={t(isOwn ? 'request.byYou' : 'request.by', { name })}>
        <header className={styles.who}>
          <Avatar name={name} size={24} />
          <span className={styles.author}>{isOwn ? t('request.you') : name}</span>
          <span className={styles.age}>
            <Age time={message.createdAt} words />
          </span>
        </header>
        <div className={styles.body}>{message.body}</div>
      </article>
    </li>
  );
}

import { Button } from '@mantine/core';
import { IconSearchOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { Age, PriorityMark, StatusMark } from '@/components/marks';
import { EmptyState, ErrorState, LoadingState } from '@/components/state';
import { codeOf } from '@/graphql/errors';
import { graphql, unmask, type FragmentType } from '@/graphql/generated';
import type { TicketFilterInput } from '@/graphql/generated/graphql';
import { useCommands } from '@/lib/commands';
import { Marked } from './marked';
import styles from './search.module.css';

const SearchDocument = graphql(`
  query SearchTickets($query: String!, $filter: TicketFilterInput, $after: String) {
    searchTickets(query: $query, filter: $filter, first: 25, after: $after) {
      edges {
        cursor
        node {
          id
        }
        ...Hit_searchEdge
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const HitFields = graphql(`
  fragment Hit_searchEdge on TicketSearchEdge {
    node {
      id
      number
      subject
      status
      priority
      createdAt
      requester {
        id
        name
      }
      queue {
        id
        name
      }
    }
    excerpts {
      part
      messageId
      text
      ranges {
        start
        end
      }
    }
  }
`);

type Props = { query: string; filter: TicketFilterInput; onPrefetch: (number: number) => void };

/** What was found, best first, with its words marked; more of it on demand. */
export function SearchResults({ query, filter, onPrefetch }: Props) {
  const { t } = useText('search');
  const [afters, setAfters] = useState<readonly (string | null)[]>([null]);
  const list = useRef<HTMLOListElement>(null);
  const move = (by: 1 | -1) => {
    const links = [...(list.current?.querySelectorAll<HTMLElement>('a') ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    const next = at < 0 ? (by > 0 ? 0 : -1) : Math.min(links.length - 1, Math.max(0, at + by));
    links.at(next)?.focus();
  };
  const group = t('command.group');
  useCommands([
    {
      id: 'search.next',
      title: t('command.next'),
      group,
      shortcut: 'j',
      inPalette: false,
      run: () => move(1),
    },
    {
      id: 'search.previous',
      title: t('command.previous'),
      group,
      shortcut: 'k',
      inPalette: false,
      run: () => move(-1),
    },
  ]);
  return (
    <ol ref={list} className={styles.hits} aria-label={t('results')}>
      {afters.map((after) => (
        <HitPage
          key={after}
          query={query}
          filter={filter}
          after={after}
          isLast={after === afters.at(-1)}
          onMore={(cursor) => setAfters([...afters, cursor])}
          onPrefetch={onPrefetch}
        />
      ))}
    </ol>
  );
}

type PageProps = Props & { after: string | null; isLast: boolean; onMore: (cursor: string) => void };

function HitPage({ query, filter, after, isLast, onMore, onPrefetch }: PageProps) {
  const { t } = useText('search');
  const [{ data, error, fetching }, again] = useQuery({
    query: SearchDocument,
    variables: { query, filter, after },
    requestPolicy: 'cache-and-network',
  });
  const found = data?.searchTickets;
  if (!found && error) {
    const retry = () => again({ requestPolicy: 'network-only' });
    return (
      <li>
        <ErrorState code={codeOf(error) ?? 'INTERNAL'} onRetry={retry} />
      </li>
    );
  }
  if (!found)
    return (
      <li>
        <LoadingState lines={6} />
      </li>
    );
  if (found.edges.length === 0 && after === null && !fetching) {
    return (
      <li>
        <EmptyState title={t('nothing')} icon={<IconSearchOff size={28} stroke={1.5} aria-hidden />}>
          {t('nothingText')}
        </EmptyState>
      </li>
    );
  }
  const next = found.pageInfo.hasNextPage ? found.pageInfo.endCursor : null;
  return (
    <>
      {found.edges.map((edge) => (
        <Hit key={edge.node.id} edge={edge} onPrefetch={onPrefetch} />
      ))}
      {isLast && next ? (
        <li className={styles.more}>
          <Button variant="default" size="xs" onClick={() => onMore(next)}>
            {t('more')}
          </Button>
        </li>
      ) : null}
    </>
  );
}

type HitProps = { edge: FragmentType<typeof HitFields>; onPrefetch: (number: number) => void };

function Hit({ edge, onPrefetch }: HitProps) {
  const { t } = useText('search');
  const { node, excerpts } = unmask(HitFields, edge);
  const subject = excerpts.find((one) => one.part === 'SUBJECT');
  const message = excerpts.find((one) => one.part === 'MESSAGE');
  const prefetch = () => onPrefetch(node.number);
  return (
    <li className={styles.hit}>
      <Link
        to="/tickets/$number"
        params={{ number: String(node.number) }}
        className={styles.link}
        onPointerEnter={prefetch}
        onFocus={prefetch}
      >
        <span className={styles.line}>
          <StatusMark status={node.status} bare />
          <span className={styles.number}>#{node.number}</span>
          <span className={styles.subject}>
            <Marked text={subject?.text ?? node.subject} ranges={subject?.ranges ?? []} />
          </span>
          <span className={styles.age}>
            <Age time={node.createdAt} />
          </span>
        </span>
        {message ? (
          <span className={styles.excerpt}>
            <Marked text={message.text} ranges={message.ranges} />
          </span>
        ) : null}
        <span className={styles.facts}>
          <PriorityMark priority={node.priority} />
          <span>{node.requester?.name ?? t('nobody')}</span>
          {node.queue ? <span>{node.queue.name}</span> : null}
        </span>
      </Link>
    </li>
  );
}

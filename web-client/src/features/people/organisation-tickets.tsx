import { SegmentedControl } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useText } from '@/i18n/use-text';
import { Age, PriorityMark, StatusMark } from '@/components/marks';
import { RecordList, RecordTable } from '@/components/records';
import { Section } from '@/components/section';
import { graphql } from '@/graphql/generated';
import type { OrganisationTicketsQuery } from '@/graphql/generated/graphql';
import { usePages } from '@/graphql/use-pages';

const OrganisationTicketsDocument = graphql(`
  query OrganisationTickets($id: ID!, $filter: TicketFilterInput, $after: String) {
    organisation(id: $id) {
      id
      tickets(filter: $filter, first: 50, after: $after) {
        nodes {
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
          assignee {
            id
            name
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

const ticketsOf = (data: OrganisationTicketsQuery) => data.organisation?.tickets;

/** What everybody in an organisation has asked for. */
export function OrganisationTickets({ organisationId }: { organisationId: string }) {
  const { t } = useText('people');
  const { t: ofTickets } = useText('tickets');
  const [which, setWhich] = useState<'open' | 'all'>('open');
  const list = usePages(
    OrganisationTicketsDocument,
    { id: organisationId, filter: which === 'open' ? { statuses: ['OPEN', 'PENDING'] } : {} },
    ticketsOf,
  );
  return (
    <Section
      title={t('tickets')}
      action={
        <SegmentedControl
          size="xs"
          aria-label={t('whichTickets')}
          value={which}
          onChange={(value) => setWhich(value === 'open' ? 'open' : 'all')}
          data={[
            { value: 'open', label: t('notDone') },
            { value: 'all', label: t('allTickets') },
          ]}
        />
      }
    >
      <RecordList
        rows={list.nodes}
        failure={list.failure}
        onRetry={list.retry}
        isPart
        empty={{ title: t(which === 'open' ? 'noneOpen' : 'noTickets') }}
        hasMore={list.hasMore}
        isReading={list.isReading}
        onMore={list.more}
      >
        <RecordTable
          label={t('tickets')}
          rows={list.nodes ?? []}
          columns={[
            { id: 'number', heading: ofTickets('column.number'), cell: ({ number }) => number },
            {
              id: 'subject',
              heading: ofTickets('column.subject'),
              cell: ({ number, subject }) => (
                <Link to="/tickets/$number" params={{ number: String(number) }}>
                  {subject}
                </Link>
              ),
            },
            {
              id: 'requester',
              heading: ofTickets('column.requester'),
              cell: ({ requester }) =>
                requester && (
                  <Link to="/people/$personId" params={{ personId: requester.id }}>
                    {requester.name}
                  </Link>
                ),
            },
            {
              id: 'status',
              heading: ofTickets('column.status'),
              cell: ({ status }) => <StatusMark status={status} />,
            },
            {
              id: 'priority',
              heading: ofTickets('column.priority'),
              isOptional: true,
              cell: ({ priority }) => <PriorityMark priority={priority} />,
            },
            {
              id: 'assignee',
              heading: ofTickets('column.assignee'),
              isOptional: true,
              cell: ({ assignee }) => assignee?.name,
            },
            {
              id: 'age',
              heading: ofTickets('column.age'),
              isOptional: true,
              cell: ({ createdAt }) => <Age time={createdAt} />,
            },
          ]}
        />
      </RecordList>
    </Section>
  );
}

import { Button, NativeSelect, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useMutation, useQuery } from 'urql';

import { type FragmentType, graphql, unmask } from '../../graphql/generated';
import type { TicketPriority, TicketStatus } from '../../graphql/generated/graphql';
import { useReport } from '../../lib/useReport';
import { useKeys } from '../../lib/useKeys';
import { useViewer } from '../session/viewer';
import { PRIORITIES, STATUSES } from './filters';

export const TicketPropertiesFragment = graphql(`
  fragment TicketProperties on Ticket {
    id
    version
    status
    priority
    category {
      id
      name
    }
    assignee {
      id
      name
    }
    requester {
      id
      name
      email
    }
    queue {
      id
      members {
        user {
          id
          name
        }
      }
    }
    tags {
      id
      name
    }
  }
`);

const CategoriesDocument = graphql(`
  query Categories {
    categories {
      id
      name
    }
  }
`);

const ChangeStatusDocument = graphql(`
  mutation ChangeStatus($input: ChangeTicketStatusInput!) {
    changeTicketStatus(input: $input) {
      ticket {
        ...TicketProperties
      }
      errors {
        message
      }
    }
  }
`);

const ChangePriorityDocument = graphql(`
  mutation ChangePriority($input: ChangeTicketPriorityInput!) {
    changeTicketPriority(input: $input) {
      ticket {
        ...TicketProperties
      }
      errors {
        message
      }
    }
  }
`);

const ChangeCategoryDocument = graphql(`
  mutation ChangeCategory($input: ChangeTicketCategoryInput!) {
    changeTicketCategory(input: $input) {
      ticket {
        ...TicketProperties
      }
      errors {
        message
      }
    }
  }
`);

const AssignDocument = graphql(`
  mutation Assign($input: AssignTicketInput!) {
    assignTicket(input: $input) {
      ticket {
        ...TicketProperties
      }
      errors {
        message
      }
    }
  }
`);

const ClaimDocument = graphql(`
  mutation Claim($input: ClaimTicketInput!) {
    claimTicket(input: $input) {
      ticket {
        ...TicketProperties
      }
      errors {
        message
      }
    }
  }
`);

export function TicketProperties({
  ticket: masked,
}: {
  ticket: FragmentType<typeof TicketPropertiesFragment>;
}) {
  const { t } = useTranslation();
  const ticket = unmask(TicketPropertiesFragment, masked);
  const viewer = useViewer();
  const report = useReport();
  const [{ data }] = useQuery({ query: CategoriesDocument });
  const [, changeStatus] = useMutation(ChangeStatusDocument);
  const [, changePriority] = useMutation(ChangePriorityDocument);
  const [, changeCategory] = useMutation(ChangeCategoryDocument);
  const [, assign] = useMutation(AssignDocument);
  const [{ fetching: isClaiming }, claim] = useMutation(ClaimDocument);
  const target = { id: ticket.id, expectedVersion: ticket.version };

  const onStatus = async (status: TicketStatus) => {
    const result = await changeStatus({ input: { ...target, status } });
    report(result, result.data?.changeTicketStatus);
  };
  const onPriority = async (priority: TicketPriority) => {
    const result = await changePriority({ input: { ...target, priority } });
    report(result, result.data?.changeTicketPriority);
  };
  const onCategory = async (categoryId: string | null) => {
    const result = await changeCategory({ input: { ...target, categoryId } });
    report(result, result.data?.changeTicketCategory);
  };
  const onAssignee = async (assigneeId: string | null) => {
    const result = await assign({ input: { ...target, assigneeId } });
    report(result, result.data?.assignTicket);
  };
  const onClaim = async () => {
    const result = await claim({ input: { id: ticket.id } });
    report(result, result.data?.claimTicket);
  };
  useKeys({ c: () => void (!ticket.assignee && onClaim()) });

  const options = (
    all: { id: string; name: string }[],
    now: { id: string; name: string } | null | undefined,
    none: string,
  ) => {
    const known = now && !all.some(({ id }) => id === now.id) ? [now, ...all] : all;
    return [
      { value: '', label: none },
      ...known.map(({ id, name }) => ({ value: id, label: name })),
    ];
  };
  const members = (ticket.queue?.members ?? []).flatMap(({ user }) => (user ? [user] : []));
  const people = members.some(({ id }) => id === viewer.id) ? members : [viewer, ...members];
  return (
    <section>
      <h2>{t('ticket.properties')}</h2>
      <Stack gap="xs">
        <NativeSelect
          size="xs"
          label={t('ticket.status')}
          value={ticket.status}
          onChange={(event) => void onStatus(event.currentTarget.value as TicketStatus)}
          data={STATUSES.map((value) => ({ value, label: t(`status.${value}`) }))}
        />
        <NativeSelect
          size="xs"
          label={t('ticket.priority')}
          value={ticket.priority}
          onChange={(event) => void onPriority(event.currentTarget.value as TicketPriority)}
          data={PRIORITIES.map((value) => ({ value, label: t(`priority.${value}`) }))}
        />
        <NativeSelect
          size="xs"
          label={t('ticket.assignee')}
          value={ticket.assignee?.id ?? ''}
          onChange={(event) => void onAssignee(event.currentTarget.value || null)}
          data={options(people, ticket.assignee, t('list.nobody'))}
        />
        {!ticket.assignee && (
          <Button size="xs" variant="light" loading={isClaiming} onClick={() => void onClaim()}>
            {t('ticket.claim')}
          </Button>
        )}
        <NativeSelect
          size="xs"
          label={t('ticket.category')}
          value={ticket.category?.id ?? ''}
          onChange={(event) => void onCategory(event.currentTarget.value || null)}
          data={options(data?.categories ?? [], ticket.category, t('ticket.none'))}
        />
        {ticket.tags.length > 0 && (
          <Text size="xs">
            {t('ticket.tags')}: {ticket.tags.map(({ name }) => name).join(', ')}
          </Text>
        )}
        <Text size="xs">
          {t('ticket.requester')}: {ticket.requester?.name ?? t('ticket.unknown')}
          <br />
          <span className="quiet">{ticket.requester?.email}</span>
        </Text>
      </Stack>
    </section>
  );
}

import type { Client, CombinedError } from '@urql/core';
import { graphql, unmask, type FragmentType } from '@/graphql/generated';
import type { Edited_payloadFragment, TicketPriority, TicketStatus } from '@/graphql/generated/graphql';

/** A change of one property. Null takes off. */
export type Edit =
  | { field: 'status'; value: TicketStatus }
  | { field: 'priority'; value: TicketPriority }
  | { field: 'category'; value: string | null }
  | { field: 'assignee'; value: string | null }
  | { field: 'queue'; value: string }
  | { field: 'subject'; value: string }
  | { field: 'tags'; add: string[]; remove: string[] };

export const TicketPropertiesFields = graphql(`
  fragment TicketProperties_ticket on Ticket {
    id
    number
    subject
    status
    priority
    priorityOrigin
    category {
      id
      name
    }
    categoryOrigin
    queue {
      id
      name
      viewerRight
    }
    assignee {
      id
      name
    }
    requester {
      id
      name
      email
      organisation {
        id
        name
      }
    }
    tags {
      id
      name
    }
    version
    createdAt
    updatedAt
    solvedAt
  }
`);

const EditedPayload = graphql(`
  fragment Edited_payload on TicketPayload {
    ticket {
      ...TicketProperties_ticket
    }
    errors {
      code
      message
      path
      changedAt
      changedBy {
        id
        name
      }
    }
    cursor
  }
`);

const ChangeStatus = graphql(`
  mutation ChangeTicketStatus($input: ChangeTicketStatusInput!) {
    changeTicketStatus(input: $input) {
      ...Edited_payload
    }
  }
`);

const ChangePriority = graphql(`
  mutation ChangeTicketPriority($input: ChangeTicketPriorityInput!) {
    changeTicketPriority(input: $input) {
      ...Edited_payload
    }
  }
`);

const ChangeCategory = graphql(`
  mutation ChangeTicketCategory($input: ChangeTicketCategoryInput!) {
    changeTicketCategory(input: $input) {
      ...Edited_payload
    }
  }
`);

const Assign = graphql(`
  mutation AssignTicket($input: AssignTicketInput!) {
    assignTicket(input: $input) {
      ...Edited_payload
    }
  }
`);

const Move = graphql(`
  mutation MoveTicket($input: MoveTicketInput!) {
    moveTicket(input: $input) {
      ...Edited_payload
    }
  }
`);

const ChangeSubject = graphql(`
  mutation UpdateTicket($input: UpdateTicketInput!) {
    updateTicket(input: $input) {
      ...Edited_payload
    }
  }
`);

const ChangeTags = graphql(`
  mutation TagTicket($input: TagTicketInput!) {
    tagTicket(input: $input) {
      ...Edited_payload
    }
  }
`);

const Claim = graphql(`
  mutation ClaimTicket($input: ClaimTicketInput!) {
    claimTicket(input: $input) {
      ...Edited_payload
    }
  }
`);

export type Outcome = {
  payload: Edited_payloadFragment | null;
  error: CombinedError | undefined;
};

type Ref = FragmentType<typeof EditedPayload> | undefined;

function outcome(ref: Ref, error: CombinedError | undefined): Outcome {
  return { payload: ref ? unmask(EditedPayload, ref) : null, error };
}

/** Sends a change; with `expectedVersion`, one that others have overtaken changes nothing and answers CONFLICT. */
export async function editTicket(
  client: Client,
  id: string,
  edit: Edit,
  expectedVersion: number | null,
): Promise<Outcome> {
  const base = { id, expectedVersion };
  switch (edit.field) {
    case 'status': {
      const { data, error } = await client.mutation(ChangeStatus, { input: { ...base, status: edit.value } });
      return outcome(data?.changeTicketStatus, error);
    }
    case 'priority': {
      const { data, error } = await client.mutation(ChangePriority, {
        input: { ...base, priority: edit.value },
      });
      return outcome(data?.changeTicketPriority, error);
    }
    case 'category': {
      const { data, error } = await client.mutation(ChangeCategory, {
        input: { ...base, categoryId: edit.value },
      });
      return outcome(data?.changeTicketCategory, error);
    }
    case 'assignee': {
      const { data, error } = await client.mutation(Assign, { input: { ...base, assigneeId: edit.value } });
      return outcome(data?.assignTicket, error);
    }
    case 'queue': {
      const { data, error } = await client.mutation(Move, { input: { ...base, queueId: edit.value } });
      return outcome(data?.moveTicket, error);
    }
    case 'subject': {
      const { data, error } = await client.mutation(ChangeSubject, {
        input: { ...base, subject: edit.value },
      });
      return outcome(data?.updateTicket, error);
    }
    case 'tags': {
      const { data, error } = await client.mutation(ChangeTags, {
        input: { ...base, add: edit.add, remove: edit.remove },
      });
      return outcome(data?.tagTicket, error);
    }
  }
}

/** Takes an unassigned ticket; whoever is second gets ALREADY_CLAIMED. */
export async function claimTicket(client: Client, id: string): Promise<Outcome> {
  const { data, error } = await client.mutation(Claim, { input: { id } });
  return outcome(data?.claimTicket, error);
}

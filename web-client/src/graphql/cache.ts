import {
  cacheExchange,
  type Cache,
  type KeyingConfig,
  type OptimisticMutationResolver,
  type UpdateResolver,
} from '@urql/exchange-graphcache';
import type { Exchange } from '@urql/core';
import { onNotification, onNotificationsRead } from './cache-notifications';
import { possibleTypes, withoutId } from './generated/types';

/** What ids begin with, and the type behind it. */
const TYPES: Record<string, string> = {
  ticket: 'Ticket',
  message: 'Message',
  user: 'User',
  queue: 'Queue',
  category: 'Category',
  suggestion: 'Suggestion',
  model: 'ModelVersion',
  notification: 'Notification',
};

/** The cache of everything the desk has told: one record for each noun and id, whatever query brought it. */
export function graphCache(): Exchange {
  return cacheExchange({
    // Without the schema itself, which weighs more than the rest of this page: a field that is not known is never null.
    possibleTypes,
    keys: keys(),
    resolvers: {
      Query: {
        node: (_, { id }) => ({ __typename: typeOf(id as string), id: id as string }),
        queue: (_, { id }) => ({ __typename: 'Queue', id: id as string }),
      },
    },
    updates: {
      Mutation: {
        addReply: onMessageAdded,
        addNote: onMessageAdded,
        createSavedView: readsAnew('savedViews'),
        deleteSavedView: readsAnew('savedViews'),
        createUser: readsAnew('users'),
        createOrganisation: readsAnew('organisations'),
        createQueue: readsAnew('queues'),
        updateQueue: readsAnew('queues'),
        createCategory: readsAnew('categories'),
        updateCategory: readsAnew('categories'),
        createCannedReply: readsAnew('cannedReplies'),
        updateCannedReply: readsAnew('cannedReplies'),
        renameTag: readsAnew('tags'),
        createToken: readsAnew('viewer'),
        updateProfile: readsAnew('viewer'),
        replayJob: onJobReplayed,
        discardJob: onJobDiscarded,
        reorderSavedViews: readsAnew('savedViews'),
        startShadow: onRolloutStep,
        startCanary: onRolloutStep,
        promoteModel: onRolloutStep,
        rollBackModel: onRolloutStep,
        disableModel: onRolloutStep,
        enableModel: onRolloutStep,
        setModelGuards: onRolloutStep,
        trainModel: readsAnew('modelRuns'),
        setModelSchedule: readsAnew('modelSchedules'),
        adoptCategoryProposal: onProposalDecided,
        dismissCategoryProposal: onProposalDecided,
        markNotificationsRead: onNotificationsRead,
      },
      Subscription: {
        ticketUpdates: onTicketStep,
        queueUpdates: onQueueStep,
        modelRolloutUpdates: (result, _args, cache) =>
          showRollout(cache, result.modelRolloutUpdates as RolloutPart),
        modelRunUpdates: onRunStep,
        notificationUpdates: onNotification,
      },
    },
    optimistic: {
      changeTicketStatus: setsTicket(({ status }) => ({ status })),
      changeTicketPriority: setsTicket(({ priority }) => ({ priority, priorityOrigin: 'PERSON' })),
      changeTicketCategory: setsTicket(({ categoryId }) => ({
        category: link('Category', categoryId),
        categoryOrigin: categoryId === null ? 'DEFAULT' : 'PERSON',
      })),
      assignTicket: setsTicket(({ assigneeId }) => ({ assignee: link('User', assigneeId) })),
      updateTicket: setsTicket(({ subject }) => ({ subject })),
    },
  });
}

function typeOf(id: string): string {
  return TYPES[id.slice(0, id.indexOf('_'))] ?? 'Node';
}

/** Types without an id are parts of the record they hang on; an event is known by its place in the log. */
function keys(): KeyingConfig {
  const parts: KeyingConfig = {
    // A state is known by its revision: what was and what is are different records.
    ModelRollout: ({ kind, revision }) =>
      typeof kind === 'string' && typeof revision === 'number' ? `${kind}:${revision}` : null,
    Event: ({ position }) => (typeof position === 'number' ? String(position) : null),
  };
  for (const type of withoutId) parts[type] ??= () => null;
  return parts;
}

type Fields = Record<string, unknown>;

/** What a change of a ticket will most likely look like, until the desk has answered. */
function setsTicket(change: (input: Fields) => Fields): OptimisticMutationResolver {
  return (args) => {
    const input = args.input as Fields;
    const ticket = { __typename: 'Ticket', id: input.id, ...change(input) };
    return {
      __typename: 'TicketPayload',
      ticket,
      errors: [],
      cursor: null,
    };
  };
}

function link(type: string, id: unknown): Fields | null {
  return typeof id === 'string' ? { __typename: type, id } : null;
}

/** Lists in an order that the desk knows best: where they are shown, they are read again. */
function readsAnew(field: string): UpdateResolver {
  return (result, _args, cache, info) => {
    const payload = result[info.fieldName] as { errors?: readonly unknown[] } | undefined;
    if (payload?.errors?.length === 0) forget(cache, field);
  };
}

function forget(cache: Cache, name: string): void {
  for (const { fieldName, fieldKey } of cache.inspectFields('Query')) {
    if (fieldName === name) cache.invalidate('Query', fieldKey);
  }
}

/** A job that is due again waits for no decision any more. */
const onJobReplayed: UpdateResolver = (result, _args, cache) => {
  const job = (result.replayJob as { job?: Part } | undefined)?.job;
  if (job) isNotParked(cache, cache.keyOfEntity(job));
};

const onJobDiscarded: UpdateResolver = (result, _args, cache) => {
  const { discardedId } = result.discardJob as { discardedId?: string | null };
  if (discardedId) isNotParked(cache, cache.keyOfEntity({ __typename: 'Job', id: discardedId }));
};

function isNotParked(cache: Cache, job: string | null): void {
  if (job === null) return;
  for (const { fieldName, fieldKey } of cache.inspectFields('Query')) {
    if (fieldName !== 'parkedJobs') continue;
    const connection = cache.resolve('Query', fieldKey) as string | null;
    const nodes = cache.resolve(connection, 'nodes') as string[] | undefined;
    if (connection !== null && nodes) {
      cache.link(
        connection,
        'nodes',
        nodes.filter((node) => node !== job),
      );
    }
  }
}

type RolloutPart = { __typename: string; kind?: string; revision?: number } | null | undefined;

/** Also with errors: what is true now takes the place of what the caller had in mind. */
const onRolloutStep: UpdateResolver = (result, _args, cache, info) => {
  showRollout(cache, (result[info.fieldName] as { rollout?: RolloutPart } | undefined)?.rollout);
};

function showRollout(cache: Cache, rollout: RolloutPart): void {
  const key = rollout ? cache.keyOfEntity(rollout) : null;
  if (key === null || rollout?.kind === undefined) return;
  const args = { kind: rollout.kind };
  const isNew = cache.resolve('Query', 'modelRollout', args) !== key;
  cache.link('Query', 'modelRollout', args, key);
  // A step may be that a version was trained.
  if (isNew) forget(cache, 'modelVersions');
}

const onRunStep: UpdateResolver = (result, _args, cache) => {
  const run = result.modelRunUpdates as { state?: string } | undefined;
  if (run?.state === 'SUCCEEDED') forget(cache, 'modelVersions');
};

const onProposalDecided: UpdateResolver = (result, _args, cache, info) => {
  const payload = result[info.fieldName] as { errors?: readonly unknown[] } | undefined;
  if (payload?.errors?.length !== 0) return;
  forget(cache, 'categoryProposals');
  if (info.fieldName === 'adoptCategoryProposal') forget(cache, 'categories');
};

type Part = { __typename: string; id?: string; position?: number } | null | undefined;

const onMessageAdded: UpdateResolver = (result, _args, cache, info) => {
  const payload = result[info.fieldName] as { ticket?: Part; message?: Part } | undefined;
  addMessage(cache, payload?.ticket?.id, payload?.message);
};

const onTicketStep: UpdateResolver = (result, args, cache) => {
  const step = result.ticketUpdates as { message?: Part; event?: Part; suggestion?: Part } | undefined;
  const ticketId = args.id as string;
  addMessage(cache, ticketId, step?.message);
  addToLists(cache, ticketId, 'suggestions', step?.suggestion);
  addToLists(cache, ticketId, 'history', step?.event);
};

/** A ticket that no read list holds would be forgotten with the next step. */
const onQueueStep: UpdateResolver = (result, _args, cache) => {
  const id = (result.queueUpdates as { ticket?: { id?: string } | null } | undefined)?.ticket?.id;
  if (id !== undefined) cache.link('Query', 'node', { id }, { __typename: 'Ticket', id });
};

function addMessage(cache: Cache, ticketId: string | undefined, message: Part): void {
  const ticket = cache.keyOfEntity(ticketId === undefined ? null : { __typename: 'Ticket', id: ticketId });
  const added = message ? cache.keyOfEntity(message) : null;
  if (ticket === null || added === null) return;
  for (const field of cache.inspectFields(ticket)) {
    if (field.fieldName !== 'messages') continue;
    // Newest first: the first page gets it. Oldest first: the last one.
    const isNewestFirst = field.arguments?.order === 'NEWEST';
    const connection = cache.resolve(ticket, field.fieldKey) as string | null;
    if (connection === null) continue;
    if (isNewestFirst ? field.arguments?.after : cache.resolve(pageInfo(cache, connection), 'hasNextPage'))
      continue;
    const nodes = cache.resolve(connection, 'nodes') as string[] | undefined;
    if (!nodes || nodes.includes(added)) continue;
    cache.link(connection, 'nodes', isNewestFirst ? [added, ...nodes] : [...nodes, added]);
  }
}

function pageInfo(cache: Cache, connection: string): string {
  return cache.resolve(connection, 'pageInfo') as string;
}

/** Into the lists that begin with the newest, but for earlier parts of them. */
function addToLists(cache: Cache, ticketId: string, fieldName: string, part: Part): void {
  const ticket = cache.keyOfEntity({ __typename: 'Ticket', id: ticketId });
  const added = part ? cache.keyOfEntity(part) : null;
  if (ticket === null || added === null) return;
  for (const field of cache.inspectFields(ticket)) {
    if (field.fieldName !== fieldName || typeof field.arguments?.beforePosition === 'number') continue;
    const list = cache.resolve(ticket, field.fieldKey) as string[] | null | undefined;
    if (list && !list.includes(added)) cache.link(ticket, fieldName, field.arguments, [added, ...list]);
  }
}

import type { Message, Queue, Suggestion, Ticket, User } from '@/graphql/generated/schema';
import type { Part } from './desk';

/** Records as tests need them: believable, and different where a test says so. */

export const ada = user({ id: 'user_ada', name: 'Ada Okafor', email: 'ada@desk.example', role: 'AGENT' });
export const ben = user({ id: 'user_ben', name: 'Ben Lindqvist', email: 'ben@desk.example', role: 'AGENT' });
export const mia = user({ id: 'user_mia', name: 'Mia Sander', email: 'mia@mail.example', role: 'CUSTOMER' });
export const support = queue({ id: 'queue_support', name: 'Support' });

export function user(part: Part<User>): Part<User> {
  return {
    id: 'user_1',
    name: 'Somebody',
    email: null,
    role: 'CUSTOMER',
    active: true,
    organisation: null,
    ...part,
  };
}

export function queue(part: Part<Queue>): Part<Queue> {
  return { id: 'queue_1', name: 'Queue', description: '', viewerRight: 'REPLY', ...part };
}

/** A ticket by its number. */
export function ticket(number: number, part: Part<Ticket> = {}): Part<Ticket> {
  const at = new Date(Date.UTC(2026, 10, 28, 8) + number * 60_000).toISOString();
  return {
    id: `ticket_${number}`,
    number,
    subject: `Subject ${number}`,
    status: 'OPEN',
    priority: 'NORMAL',
    priorityOrigin: 'DEFAULT',
    category: null,
    categoryOrigin: 'DEFAULT',
    assignee: null,
    requester: mia,
    queue: support,
    tags: [],
    version: 1,
    createdAt: at,
    updatedAt: at,
    messages: { nodes: [message(number)], pageInfo: { hasNextPage: false } },
    history: [],
    suggestions: [],
    ...part,
  };
}

export function message(number: number, part: Part<Message> = {}): Part<Message> {
  return {
    id: `message_${number}`,
    kind: 'REPLY',
    channel: 'WEB',
    body: `Message ${number}`,
    author: mia,
    createdAt: '2026-11-28T08:00:00Z',
    ...part,
  };
}

export function suggestion(part: Part<Suggestion> = {}): Part<Suggestion> {
  return {
    id: 'suggestion_1',
    kind: 'CATEGORY',
    label: 'Billing',
    category: { id: 'category_billing', name: 'Billing', active: true },
    priority: null,
    probability: 0.91,
    abstained: false,
    state: 'OPEN',
    arm: 'CHAMPION',
    runnerUps: [{ label: 'Shipping', probability: 0.06 }],
    decidingWords: [],
    modelVersion: { id: 'model_1', number: 3 },
    ...part,
  };
}

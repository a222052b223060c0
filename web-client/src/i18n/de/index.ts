import type { FirstTexts } from '../en';
import common from './common.json';
import conversation from './conversation.json';
import queues from './queues.json';
import session from './session.json';
import suggestions from './suggestions.json';
import tickets from './tickets.json';

export const texts: Record<keyof FirstTexts, object> = {
  common,
  conversation,
  queues,
  session,
  suggestions,
  tickets,
};

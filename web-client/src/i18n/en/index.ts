import common from './common.json';
import conversation from './conversation.json';
import type admin from './later/admin.json';
import type models from './later/models.json';
import type newTicket from './later/newTicket.json';
import type notifications from './later/notifications.json';
import type people from './later/people.json';
import type portal from './later/portal.json';
import type profile from './later/profile.json';
import type reports from './later/reports.json';
import type search from './later/search.json';
import type views from './later/views.json';
import queues from './queues.json';
import session from './session.json';
import suggestions from './suggestions.json';
import tickets from './tickets.json';

/** Texts of the first pages, which all come at once. Those in `later/` come with their pages. */
export const texts = { common, conversation, queues, session, suggestions, tickets };

type Later = {
  admin: typeof admin;
  models: typeof models;
  newTicket: typeof newTicket;
  notifications: typeof notifications;
  people: typeof people;
  portal: typeof portal;
  profile: typeof profile;
  reports: typeof reports;
  search: typeof search;
  views: typeof views;
};

export type Texts = typeof texts & Later;

export type FirstTexts = typeof texts;

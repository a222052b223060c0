import type { Role } from '@/graphql/generated/graphql';

export const sections = [
  'users',
  'roles',
  'organisations',
  'queues',
  'categories',
  'tags',
  'replies',
  'tokens',
  'jobs',
] as const;
export type Section = (typeof sections)[number];

/** Who asks: their role, and whether there is a queue they manage. */
export type Asker = { role: Role | null; managesQueues: boolean };

/** The parts of the administration somebody may do something in, as the graph has it. */
export function sectionsOf({ role, managesQueues }: Asker): Section[] {
  return sections.filter((section) => {
    if (role === 'ADMIN') return true;
    switch (section) {
      case 'organisations':
        return role === 'LEAD';
      case 'queues':
      case 'replies':
        return managesQueues;
      case 'tokens':
        return role === 'LEAD' || role === 'AGENT';
      default:
        return false;
    }
  });
}

/** What the list of users is narrowed to, as it stands in the address. */
export type AdminSearch = { q?: string; role?: Role; state?: 'active' | 'inactive' };

const ROLES: readonly Role[] = ['ADMIN', 'LEAD', 'AGENT', 'CUSTOMER'];

export function readAdminSearch(search: Record<string, unknown>): AdminSearch {
  const role = ROLES.find((one) => one === search.role);
  const state = (['active', 'inactive'] as const).find((one) => one === search.state);
  return {
    ...(typeof search.q === 'string' && search.q !== '' ? { q: search.q } : {}),
    ...(role ? { role } : {}),
    ...(state ? { state } : {}),
  };
}

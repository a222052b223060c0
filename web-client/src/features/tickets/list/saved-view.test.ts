import { expect, test } from 'vitest';
import type { TicketOrder } from '@/graphql/generated/graphql';
import { inputOf, keptFilter, listOfView, type SavedView } from './saved-view';
import type { TicketSearch } from './search';

function view(filter: Partial<SavedView['filter']>, order: TicketOrder = 'NEWEST'): SavedView {
  const all: SavedView['filter'] = {
    queueIds: [],
    statuses: [],
    priorities: [],
    categoryIds: [],
    assigneeId: null,
    unassigned: null,
    assignedToMe: null,
    requesterId: null,
    tagIds: [],
    text: null,
    createdFrom: null,
    createdUntil: null,
    updatedFrom: null,
    updatedUntil: null,
    ...filter,
  };
  return {
    id: 'savedview_1',
    name: 'A view',
    sharedWith: 'PRIVATE',
    queue: null,
    order,
    columns: [],
    position: 0,
    owner: { id: 'user_ada' },
    viewerMayChange: true,
    unknownIds: [],
    filter: all,
  };
}

test.each<TicketSearch>([
  {},
  { status: 'all' },
  { status: 'PENDING,SOLVED', priority: 'HIGH', assignee: 'me', tag: 'tag_1,tag_2' },
  { assignee: 'none', category: 'category_1', text: 'printer' },
  { assignee: 'user_1', requester: 'user_2', from: '2026-03-01', until: '2026-03-29' },
])('what is kept of %j comes back as the same list', (search) => {
  const kept = keptFilter({ queueId: 'queue_1' }, search);
  const { scope, search: again } = listOfView(view(kept as Partial<SavedView['filter']>));
  expect({ status: 'OPEN', ...again }).toEqual({ status: 'OPEN', ...search });
  expect(scope.base).toEqual({ queueIds: ['queue_1'] });
  expect(keptFilter(scope, again)).toEqual(kept);
});

test('"assigned to me" is kept as whoever looks, and conditions that addresses do not hold stay', () => {
  expect(keptFilter({ view: 'mine' }, {})).toEqual({ statuses: ['OPEN'], assignedToMe: true });
  const since = view({ updatedFrom: '2026-01-01T00:00:00Z' });
  const { scope, search } = listOfView(since);
  expect(keptFilter(scope, search)).toEqual({ updatedFrom: '2026-01-01T00:00:00Z' });
  expect(inputOf(since.filter)).toEqual({ updatedFrom: '2026-01-01T00:00:00Z' });
});

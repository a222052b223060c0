//! Cutting a list into ranges of indexes.

use diesel::prelude::*;

use crate::db::schema::tickets;
use crate::ids::{OrganisationId, TagId};
use crate::tickets::filter::{Predicate, is_tagged};
use crate::tickets::order::{Place, urgency};
use crate::tickets::{AssigneeFilter, Priority, Status, TicketFilter, TicketOrder};

/// Most ranges merged for one page. More than these cost more than reading all queues' tickets of a
/// status in order and leaving out those of other queues.
const BRANCHES_MAX: usize = 64;

/// A part of the list that no other branch has; together they are the list.
pub(super) struct Branch {
    pub source: Source,
    /// All must hold; those the index begins with among them.
    pub conditions: Vec<Predicate>,
}

/// How a branch's tickets are found.
pub(super) enum Source {
    /// A range of this index on `tickets`, in the list's order. Named, because both servers are
    /// tempted by `LIMIT` to walk another index and hope for an early match.
    Index(&'static str),
    /// All tickets with one of these tags, to be sorted.
    Tags(Vec<TagId>),
    /// All tickets whose requesters belong to this organisation, to be sorted.
    Organisation(OrganisationId),
    /// Whatever the server thinks best.
    Any,
}

/// What the index of a branch begins with, before the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    All,
    Queue,
    Assignee,
    Requester,
    Category,
}

/// What the index of a branch is sorted by after that; each ends in the ticket's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Created,
    Updated,
    /// By urgency, then creation: for one urgency, by creation.
    Urgency,
}

/// The branches of a list after `after`; none when the list is certainly empty.
///
/// `filter` is already narrowed to what the actor may see; `internal` is as in
/// [`TicketFilter::listed`]. `by_tag`: the filter has tags and few tickets have them.
pub(super) fn branches(
    filter: &TicketFilter,
    internal: bool,
    order: TicketOrder,
    after: Option<Place>,
    by_tag: bool,
) -> Vec<Branch> {
    let cut = Cut { internal, order, after };
    if filter.text.is_some() {
        return vec![cut.whole(filter.clone(), Source::Any)];
    }
    if by_tag {
        let untagged = TicketFilter { tags: Vec::new(), ..filter.clone() };
        return vec![cut.whole(untagged, Source::Tags(filter.tags.clone()))];
    }
    let many = cut.by(Family::of(filter), filter);
    if many.len() <= BRANCHES_MAX { many } else { cut.by(Family::All, filter) }
}

/// The list of one organisation's tickets, as a branch.
pub(super) fn of_organisation(
    id: OrganisationId,
    filter: TicketFilter,
    internal: bool,
    order: TicketOrder,
    after: Option<Place>,
) -> Branch {
    Cut { internal, order, after }.whole(filter, Source::Organisation(id))
}

impl Family {
    /// The one that leaves the fewest tickets to look at.
    fn of(filter: &TicketFilter) -> Self {
        if filter.requester.is_some() {
            Self::Requester
        } else if let Some(AssigneeFilter::User(_)) = filter.assignee {
            Self::Assignee
        } else if !filter.categories.is_empty() {
            Self::Category
        } else if !filter.queues.is_empty() {
            Self::Queue
        } else if filter.assignee.is_some() {
            Self::Assignee
        } else {
            Self::All
        }
    }

    fn index(self, key: Key) -> &'static str {
        match (self, key) {
            (Self::Queue, Key::Created) => "tickets_queue_status_created",
            (Self::Queue, Key::Updated) => "tickets_queue_status_updated",
            (Self::Queue, Key::Urgency) => "tickets_queue_status_urgency",
            (Self::All, Key::Updated) => "tickets_status_updated",
            (Self::All, _) => "tickets_status_urgency",
            (Self::Assignee, Key::Updated) => "tickets_assignee_status_updated",
            (Self::Assignee, _) => "tickets_assignee_status_urgency",
            (Self::Requester, Key::Updated) => "tickets_requester_status_updated",
            (Self::Requester, _) => "tickets_requester_status_urgency",
            (Self::Category, Key::Updated) => "tickets_category_status_updated",
            (Self::Category, _) => "tickets_category_status_urgency",
        }
    }

    /// By the list's order, unless a time that it is not ordered by bounds it: then the bound decides
    /// what is read, and that is sorted.
    fn key(self, filter: &TicketFilter, order: TicketOrder) -> Key {
        match order {
            TicketOrder::RecentlyUpdated if filter.created.from.is_some() => match self {
                Self::Queue => Key::Created,
                _ => Key::Urgency,
            },
            TicketOrder::RecentlyUpdated => Key::Updated,
            _ if filter.updated.from.is_some() => Key::Updated,
            TicketOrder::PriorityThenAge => Key::Urgency,
            _ if self == Self::Queue && filter.priorities.is_empty() => Key::Created,
            _ => Key::Urgency,
        }
    }
}

/// How a list is cut, whatever its filter.
struct Cut {
    internal: bool,
    order: TicketOrder,
    after: Option<Place>,
}

impl Cut {
    fn whole(&self, filter: TicketFilter, source: Source) -> Branch {
        let mut conditions = filter.listed(self.internal);
        conditions.extend(self.after.map(|place| place.rest(self.order)));
        Branch { source, conditions }
    }

    /// One branch for each queue or category (of those families), status, assigned-ness (queues) and,
    /// where the index needs it, urgency. What the branch fixes leaves its filter.
    fn by(&self, family: Family, filter: &TicketFilter) -> Vec<Branch> {
        let key = family.key(filter, self.order);
        let mut parts = vec![filter.clone()];
        if family == Family::Queue {
            parts = split(&parts, |part| &mut part.queues, &filter.queues);
        }
        if family == Family::Category {
            parts = split(&parts, |part| &mut part.categories, &filter.categories);
        }
        let statuses = if filter.statuses.is_empty() { Status::ALL } else { &filter.statuses };
        parts = split(&parts, |part| &mut part.statuses, statuses);
        let assigned: &[Option<bool>] = match (family, filter.assignee) {
            (Family::Queue, Some(AssigneeFilter::Unassigned)) => &[Some(false)],
            (Family::Queue, None) => &[Some(false), Some(true)],
            _ => &[None],
        };
        let steps = self.steps(key, &filter.priorities);
        let mut all = Vec::with_capacity(parts.len() * assigned.len() * steps.len());
        for part in &parts {
            for assigned in assigned {
                for step in &steps {
                    all.push(self.branch(part, *assigned, *step, family.index(key)));
                }
            }
        }
        all
    }

    fn branch(
        &self,
        part: &TicketFilter,
        assigned: Option<bool>,
        step: Step,
        index: &'static str,
    ) -> Branch {
        let mut part = part.clone();
        if assigned.is_some() {
            part.assignee = None;
        }
        let priorities = std::mem::take(&mut part.priorities);
        let tags = std::mem::take(&mut part.tags);
        let mut conditions = part.listed(self.internal);
        if !tags.is_empty() {
            conditions.push(is_tagged(tags));
        }
        if let Some(assigned) = assigned {
            conditions.push(Box::new(tickets::assigned.eq(assigned)));
        }
        match step.urgency {
            Urgency::Any if priorities.is_empty() => {}
            // The indexes hold the urgency, so that no row is fetched to be left out.
            Urgency::Any => {
                let urgencies: Vec<u8> = priorities.into_iter().map(urgency).collect();
                conditions.push(Box::new(tickets::urgency.eq_any(urgencies)));
            }
            Urgency::Is(urgency) => conditions.push(Box::new(tickets::urgency.eq(urgency))),
            Urgency::Above(urgency) => conditions.push(Box::new(tickets::urgency.gt(urgency))),
        }
        conditions.extend(match (self.after, step) {
            (Some(place), Step { is_cut: true, urgency: Urgency::Is(_) }) => {
                Some(place.rest_of_urgency(self.order))
            }
            (Some(place), Step { is_cut: true, .. }) => Some(place.rest(self.order)),
            _ => None,
        });
        Branch { source: Source::Index(index), conditions }
    }

    /// The urgencies a branch is cut into, so that each is read in the list's order, and begins at the
    /// cursor instead of at its urgency's first ticket.
    fn steps(&self, key: Key, priorities: &[Priority]) -> Vec<Step> {
        let step = |urgency, is_cut| Step { urgency, is_cut };
        let by_urgency = self.order == TicketOrder::PriorityThenAge;
        let is_updated = self.order == TicketOrder::RecentlyUpdated;
        if key != Key::Urgency || is_updated {
            return vec![step(Urgency::Any, true)];
        }
        let all = if priorities.is_empty() { Priority::ALL } else { priorities };
        let urgencies = unique(&all.iter().copied().map(urgency).collect::<Vec<_>>());
        let each = |urgency: u8| step(Urgency::Is(urgency), true);
        match self.after {
            _ if !by_urgency => urgencies.into_iter().map(each).collect(),
            None if priorities.is_empty() => vec![step(Urgency::Any, false)],
            None => urgencies.into_iter().map(each).collect(),
            Some(place) if priorities.is_empty() => {
                vec![each(place.urgency), step(Urgency::Above(place.urgency), false)]
            }
            Some(place) => urgencies
                .into_iter()
                .filter(|urgency| *urgency >= place.urgency)
                .map(|urgency| step(Urgency::Is(urgency), urgency == place.urgency))
                .collect(),
        }
    }
}

/// A branch's urgencies, and whether the page's cursor lies among them.
#[derive(Debug, Clone, Copy)]
struct Step {
    urgency: Urgency,
    is_cut: bool,
}

#[derive(Debug, Clone, Copy)]
enum Urgency {
    Any,
    Is(u8),
    Above(u8),
}

/// Each part once for each value.
fn split<T: Copy + Ord>(
    parts: &[TicketFilter],
    field: impl Fn(&mut TicketFilter) -> &mut Vec<T>,
    values: &[T],
) -> Vec<TicketFilter> {
    let values = unique(values);
    parts
        .iter()
        .flat_map(|part| {
            values.iter().map(|value| {
                let mut part = part.clone();
                *field(&mut part) = vec![*value];
                part
            })
        })
        .collect()
}

/// A value that is named twice would show its tickets twice.
fn unique<T: Copy + Ord>(values: &[T]) -> Vec<T> {
    let mut values = values.to_vec();
    values.sort();
    values.dedup();
    values
}

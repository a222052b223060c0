//! What filters name and does not exist, or not for somebody.

use std::collections::HashSet;
use std::hash::Hash;

use crate::error::{FieldErrors, Result};
use crate::ids::{CategoryId, QueueId, TagId, UserId};
use crate::tickets::{AssigneeFilter, TicketFilter};
use crate::{Actor, Conn, categories, queues, tags, users};

/// Ids in one filter that stand for nothing the actor sees.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unknown {
    pub queues: Vec<QueueId>,
    pub categories: Vec<CategoryId>,
    pub tags: Vec<TagId>,
    /// Assignee or requester.
    pub users: Vec<UserId>,
}

/// Looks at several filters at once, in at most four statements.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away.
pub async fn unknown(
    conn: &mut Conn,
    actor: &Actor,
    filters: &[&TicketFilter],
) -> Result<Vec<Unknown>> {
    let all_queues = every(filters, |filter| filter.queues.clone());
    let queues: HashSet<QueueId> = match all_queues.is_empty() {
        true => HashSet::new(),
        // A right may be older than the queue's end.
        false => {
            queues::find_many(conn, &all_queues).await?.into_iter().map(|row| row.id).collect()
        }
    };
    let all_categories = every(filters, |filter| filter.categories.clone());
    let categories: HashSet<CategoryId> = match all_categories.is_empty() {
        true => HashSet::new(),
        false => {
            let found = categories::find_many(conn, &all_categories).await?;
            found.into_iter().map(|row| row.id).collect()
        }
    };
    let all_tags = every(filters, |filter| filter.tags.clone());
    let tags: HashSet<TagId> = match all_tags.is_empty() {
        true => HashSet::new(),
        false => tags::find_many(conn, &all_tags).await?.into_iter().map(|row| row.id).collect(),
    };
    let all_users = every(filters, people);
    let users: HashSet<UserId> = match all_users.is_empty() {
        true => HashSet::new(),
        false => users::find_many(conn, &all_users).await?.into_iter().map(|row| row.id).collect(),
    };
    let sees = |queue: &QueueId| queues.contains(queue) && actor.queue_right(*queue).is_some();
    Ok(filters
        .iter()
        .map(|filter| Unknown {
            queues: filter.queues.iter().filter(|id| !sees(id)).copied().collect(),
            categories: missing(&filter.categories, &categories),
            tags: missing(&filter.tags, &tags),
            users: missing(&people(filter), &users),
        })
        .collect())
}

/// # Errors
/// [`crate::Error::Invalid`] for each part of the filter that names something unknown.
pub(super) async fn require_known(
    conn: &mut Conn,
    actor: &Actor,
    filter: &TicketFilter,
) -> Result<()> {
    let Some(unknown) = unknown(conn, actor, &[filter]).await?.pop() else { return Ok(()) };
    let mut errors = FieldErrors::default();
    if !unknown.queues.is_empty() {
        errors.add("filter.queueIds", "no such queue");
    }
    if !unknown.categories.is_empty() {
        errors.add("filter.categoryIds", "no such category");
    }
    if !unknown.tags.is_empty() {
        errors.add("filter.tagIds", "no such tag");
    }
    let is_unknown = |id: Option<UserId>| id.is_some_and(|id| unknown.users.contains(&id));
    if is_unknown(assignee(filter)) {
        errors.add("filter.assigneeId", "no such user");
    }
    if is_unknown(filter.requester) {
        errors.add("filter.requesterId", "no such user");
    }
    errors.into_result()
}

fn every<T: Eq + Hash>(filters: &[&TicketFilter], of: impl Fn(&TicketFilter) -> Vec<T>) -> Vec<T> {
    let ids: HashSet<T> = filters.iter().flat_map(|filter| of(filter)).collect();
    ids.into_iter().collect()
}

fn missing<T: Copy + Eq + Hash>(named: &[T], known: &HashSet<T>) -> Vec<T> {
    named.iter().filter(|id| !known.contains(id)).copied().collect()
}

fn people(filter: &TicketFilter) -> Vec<UserId> {
    assignee(filter).into_iter().chain(filter.requester).collect()
}

fn assignee(filter: &TicketFilter) -> Option<UserId> {
    match filter.assignee {
        Some(AssigneeFilter::User(user)) => Some(user),
        Some(AssigneeFilter::Unassigned) | None => None,
    }
}

//! Which tickets a list or a live queue shows.
//!
//! One filter value, two readings: `predicate` is its SQL, `admits` the same for a ticket in memory.
//! A test holds the two against each other on random tickets and filters.

use diesel::dsl::sql;
use diesel::expression::BoxableExpression;
use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use serde::{Deserialize, Serialize};

use super::{Priority, Status, TicketSnapshot};
use crate::Timestamp;
use crate::db::schema::{ticket_tags, tickets};
use crate::ids::{CategoryId, QueueId, TagId, UserId};

/// A condition on `tickets`, boxed so that conditions can be collected.
pub(crate) type Predicate = Box<dyn BoxableExpression<tickets::table, Mysql, SqlType = Bool>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AssigneeFilter {
    Unassigned,
    User(UserId),
}

/// Half-open: `from <= time < until`; a missing end is unbounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Range {
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// All conditions must hold; an empty list or `None` does not restrict. Tickets that were merged
/// into another are never admitted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TicketFilter {
    pub queues: Vec<QueueId>,
    pub statuses: Vec<Status>,
    pub priorities: Vec<Priority>,
    pub categories: Vec<CategoryId>,
    pub assignee: Option<AssigneeFilter>,
    pub requester: Option<UserId>,
    /// The ticket has at least one of these.
    pub tags: Vec<TagId>,
    /// Words found by the full-text index in the subject or a message the viewer may read.
    pub text: Option<String>,
    pub created: Range,
    pub updated: Range,
}

impl TicketFilter {
    /// The conditions as SQL; `internal` lets `text` look into internal notes too.
    pub(super) fn predicates(&self, internal: bool) -> Vec<Predicate> {
        let mut all: Vec<Predicate> = vec![Box::new(tickets::merged_into_id.is_null())];
        match &self.statuses[..] {
            [] => {}
            [status] => all.push(Box::new(tickets::status.eq(*status))),
            statuses => all.push(Box::new(tickets::status.eq_any(statuses.to_vec()))),
        }
        all.extend(self.further(internal));
        all
    }

    /// The same among tickets that are in any list, neither deleted nor merged, by the column that
    /// the indexes of lists have for both.
    pub(super) fn listed(&self, internal: bool) -> Vec<Predicate> {
        let status = tickets::list_status.assume_not_null();
        let listed: Predicate = match &self.statuses[..] {
            [] => Box::new(tickets::list_status.is_not_null()),
            [one] => Box::new(tickets::list_status.is_not_null().and(status.eq(*one))),
            many => Box::new(tickets::list_status.is_not_null().and(status.eq_any(many.to_vec()))),
        };
        let mut all = vec![listed];
        all.extend(self.further(internal));
        all
    }

    fn further(&self, internal: bool) -> Vec<Predicate> {
        let mut all: Vec<Predicate> = Vec::new();
        // A single value is `=`, whose statement stays prepared; `IN` lists have too many lengths.
        match &self.queues[..] {
            [] => {}
            [queue] => all.push(Box::new(tickets::queue_id.eq(*queue))),
            queues => all.push(Box::new(tickets::queue_id.eq_any(queues.to_vec()))),
        }
        match &self.priorities[..] {
            [] => {}
            [priority] => all.push(Box::new(tickets::priority.eq(*priority))),
            priorities => all.push(Box::new(tickets::priority.eq_any(priorities.to_vec()))),
        }
        let category = tickets::category_id.assume_not_null();
        match &self.categories[..] {
            [] => {}
            [id] => all.push(Box::new(tickets::category_id.is_not_null().and(category.eq(*id)))),
            ids => all.push(Box::new(
                tickets::category_id.is_not_null().and(category.eq_any(ids.to_vec())),
            )),
        }
        match self.assignee {
            None => {}
            Some(AssigneeFilter::Unassigned) => all.push(Box::new(tickets::assignee_id.is_null())),
            Some(AssigneeFilter::User(id)) => all.push(Box::new(
                tickets::assignee_id
                    .is_not_null()
                    .and(tickets::assignee_id.assume_not_null().eq(id)),
            )),
        }
        if let Some(id) = self.requester {
            all.push(Box::new(tickets::requester_id.eq(id)));
        }
        if !self.tags.is_empty() {
            let tagged = ticket_tags::table
                .filter(ticket_tags::tag_id.eq_any(self.tags.clone()))
                .select(ticket_tags::ticket_id);
            all.push(Box::new(tickets::id.eq_any(tagged)));
        }
        if let Some(words) = &self.text {
            all.push(has_words(words, internal));
        }
        all.extend(range(tickets::created_at, self.created));
        all.extend(range(tickets::updated_at, self.updated));
        all
    }

    /// The same decision for a ticket in memory, but for `text`, which only the database can judge.
    pub fn admits(&self, ticket: &TicketSnapshot) -> bool {
        let any = |list: &[TagId]| list.iter().any(|tag| ticket.tag_ids.contains(tag));
        ticket.merged_into_id.is_none()
            && (self.queues.is_empty() || self.queues.contains(&ticket.queue_id))
            && (self.statuses.is_empty() || self.statuses.contains(&ticket.status))
            && (self.priorities.is_empty() || self.priorities.contains(&ticket.priority))
            && (self.categories.is_empty()
                || ticket.category_id.is_some_and(|id| self.categories.contains(&id)))
            && match self.assignee {
                None => true,
                Some(AssigneeFilter::Unassigned) => ticket.assignee_id.is_none(),
                Some(AssigneeFilter::User(id)) => ticket.assignee_id == Some(id),
            }
            && self.requester.is_none_or(|id| ticket.requester_id == id)
            && (self.tags.is_empty() || any(&self.tags))
            && self.created.holds(ticket.created_at)
            && self.updated.holds(ticket.updated_at)
    }
}

impl Range {
    fn holds(self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= time) && self.until.is_none_or(|until| time < until)
    }
}

/// Whether a ticket has one of the tags, asked ticket by ticket: a subquery that neither server turns
/// into a join, for lists that are read in order until the page is full.
pub(super) fn is_tagged(tags: Vec<TagId>) -> Predicate {
    let tagged = ticket_tags::table
        .filter(ticket_tags::ticket_id.eq(tickets::id))
        .filter(ticket_tags::tag_id.eq_any(tags))
        .select(ticket_tags::ticket_id)
        .limit(1);
    Box::new(tagged.single_value().is_not_null())
}

/// The words' tickets are found once, before any other condition: a `UNION` directly inside `IN` is
/// asked anew for every ticket, by both servers.
fn has_words(words: &str, internal: bool) -> Predicate {
    let notes = if internal { "" } else { " AND messages.kind = 'reply'" };
    Box::new(
        sql::<Bool>(
            "(tickets.id IN (SELECT id FROM (SELECT id FROM tickets WHERE MATCH (subject) AGAINST (",
        )
        .bind::<Text, _>(words.to_owned())
        .sql(
            ") UNION SELECT messages.ticket_id FROM messages \
             WHERE MATCH (messages.body_text) AGAINST (",
        )
        .bind::<Text, _>(words.to_owned())
        .sql(&format!("){notes}) AS found))")),
    )
}

fn range<C>(column: C, range: Range) -> Vec<Predicate>
where
    C: Expression<SqlType = diesel::sql_types::Datetime>
        + BoxableExpression<tickets::table, Mysql, SqlType = diesel::sql_types::Datetime>
        + diesel::expression::ValidGrouping<(), IsAggregate = diesel::expression::is_aggregate::No>
        + diesel::query_builder::QueryFragment<Mysql>
        + Copy
        + Send
        + 'static,
{
    let mut all: Vec<Predicate> = Vec::new();
    if let Some(from) = range.from {
        all.push(Box::new(column.ge(from)));
    }
    if let Some(until) = range.until {
        all.push(Box::new(column.lt(until)));
    }
    all
}

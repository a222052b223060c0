//! Who may see which tickets: one value, read by SQL and by the live stream alike.

use diesel::dsl::sql;
use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::filter::Predicate;
use super::{Ticket, TicketFilter};
use crate::Actor;
use crate::actor::Scope;
use crate::db::one_of;
use crate::db::schema::{messages, suggestions, ticket_neighbours, ticket_tags, tickets};
use crate::error::Result;
use crate::ids::{QueueId, UserId};
use crate::queues;
use crate::users::Role;

type MessagesWithTickets = diesel::dsl::InnerJoinQuerySource<messages::table, tickets::table>;
pub(crate) type MessagePredicate =
    Box<dyn BoxableExpression<MessagesWithTickets, Mysql, SqlType = Bool>>;

type SuggestionsWithTickets = diesel::dsl::InnerJoinQuerySource<suggestions::table, tickets::table>;
pub(crate) type SuggestionPredicate =
    Box<dyn BoxableExpression<SuggestionsWithTickets, Mysql, SqlType = Bool>>;

type NeighboursWithTickets =
    diesel::dsl::InnerJoinQuerySource<ticket_neighbours::table, tickets::table>;
pub(crate) type NeighbourPredicate =
    Box<dyn BoxableExpression<NeighboursWithTickets, Mysql, SqlType = Bool>>;

type TagsWithTickets = diesel::dsl::InnerJoinQuerySource<ticket_tags::table, tickets::table>;
pub(crate) type TagPredicate = Box<dyn BoxableExpression<TagsWithTickets, Mysql, SqlType = Bool>>;

/// One text for every query source the condition is used on; only the box's type differs.
macro_rules! condition {
    ($visibility:expr) => {
        match $visibility {
            Self::All => Box::new(tickets::deleted_at.is_null()),
            Self::Queues(ids) => {
                Box::new(one_of(tickets::queue_id, ids).and(tickets::deleted_at.is_null()))
            }
            Self::OwnRequests(user) => {
                Box::new(tickets::requester_id.eq(*user).and(tickets::deleted_at.is_null()))
            }
            Self::Nothing => Box::new(sql::<Bool>("FALSE")),
        }
    };
}

/// The tickets an actor may see. Everything else answers as if it did not exist; so does a deleted
/// ticket, to everyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visibility {
    All,
    /// Tickets in these queues.
    Queues(Vec<QueueId>),
    /// Tickets this user asked for help with.
    OwnRequests(UserId),
    Nothing,
}

impl Visibility {
    /// # Errors
    /// [`crate::Error::Forbidden`] when the token lacks `tickets:read`.
    pub fn of(actor: &Actor) -> Result<Self> {
        actor.require_scope(Scope::TicketsRead)?;
        Ok(match (actor.role, actor.user_id) {
            (Role::Admin, _) => Self::All,
            (Role::Agent | Role::Lead, _) => Self::Queues(queues::visible_ids(actor)),
            (Role::Customer, Some(user)) => Self::OwnRequests(user),
            (Role::Customer, None) => Self::Nothing,
        })
    }

    /// As a `WHERE` condition on `tickets`.
    pub(crate) fn predicate(&self) -> Predicate {
        condition!(self)
    }

    /// The filter of those tickets that it and the visibility both admit; `None` when there are none.
    pub(super) fn narrow(&self, filter: &TicketFilter) -> Option<TicketFilter> {
        let mut narrowed = filter.clone();
        match self {
            Self::All => {}
            Self::Queues(visible) if filter.queues.is_empty() => {
                narrowed.queues.clone_from(visible);
            }
            Self::Queues(visible) => narrowed.queues.retain(|queue| visible.contains(queue)),
            Self::OwnRequests(user) => {
                if filter.requester.is_some_and(|requester| requester != *user) {
                    return None;
                }
                narrowed.requester = Some(*user);
            }
            Self::Nothing => return None,
        }
        // No queue at all is not "any queue", which an empty list would mean.
        let is_lost = matches!(self, Self::Queues(_)) && narrowed.queues.is_empty();
        (!is_lost).then_some(narrowed)
    }

    /// The same condition where messages are joined with their tickets.
    pub(crate) fn predicate_with_messages(&self) -> MessagePredicate {
        condition!(self)
    }

    /// The same condition where suggestions are joined with their tickets.
    pub(crate) fn predicate_with_suggestions(&self) -> SuggestionPredicate {
        condition!(self)
    }

    /// The same condition where neighbours are joined with the tickets they are the neighbours of.
    pub(crate) fn predicate_with_neighbours(&self) -> NeighbourPredicate {
        condition!(self)
    }

    /// The same condition where tags are joined with the tickets they are on.
    pub(crate) fn predicate_with_tags(&self) -> TagPredicate {
        condition!(self)
    }

    /// The same decision about a ticket already in memory.
    pub fn admits(&self, ticket: &Ticket) -> bool {
        let is_in_sight = match self {
            Self::All => true,
            Self::Queues(ids) => ids.contains(&ticket.queue_id),
            Self::OwnRequests(user) => ticket.requester_id == *user,
            Self::Nothing => false,
        };
        is_in_sight && ticket.deleted_at.is_none()
    }
}

//! The orders a ticket list can have, each served by an index that ends in `id`.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::Priority;
use super::Ticket;
use super::filter::Predicate;
use super::queries::BoxedTickets;
use crate::Timestamp;
use crate::db::schema::tickets;
use crate::error::{Error, Result};
use crate::ids::TicketId;
use crate::page::{PageRequest, encode};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum TicketOrder {
    /// Latest created first.
    #[default]
    Newest,
    /// Earliest created first.
    Oldest,
    /// Latest changed first.
    RecentlyUpdated,
    /// Most urgent first; within a priority the longest waiting first.
    PriorityThenAge,
}

/// Where a row stands in its order; the order is part of it, so a cursor fits only its own list.
#[derive(Serialize, Deserialize)]
struct Key(TicketOrder, u8, Timestamp, TicketId);

impl TicketOrder {
    /// Cursor of a row in a list of this order.
    pub fn cursor(self, ticket: &Ticket) -> String {
        let time = match self {
            Self::RecentlyUpdated => ticket.updated_at,
            _ => ticket.created_at,
        };
        encode(&Key(self, urgency(ticket.priority), time, ticket.id))
    }

    pub(super) fn apply(self, query: BoxedTickets) -> BoxedTickets {
        match self {
            Self::Newest => query.order((tickets::created_at.desc(), tickets::id.desc())),
            Self::Oldest => query.order((tickets::created_at.asc(), tickets::id.asc())),
            Self::RecentlyUpdated => query.order((tickets::updated_at.desc(), tickets::id.desc())),
            Self::PriorityThenAge => {
                query.order((tickets::urgency.asc(), tickets::created_at.asc(), tickets::id.asc()))
            }
        }
    }

    /// The condition that leaves out everything up to the page's cursor.
    ///
    /// Written as "first column not before, and (…)" so that the index range is found by both
    /// MySQL and MariaDB, which do not use an index for row comparisons like `(a, b) > (x, y)`.
    pub(super) fn after(self, page: &PageRequest) -> Result<Option<Predicate>> {
        let Some(Key(order, urgency, time, id)) = page.key()? else { return Ok(None) };
        if order != self {
            return Err(Error::invalid("after", "this cursor belongs to a list in another order"));
        }
        let (created, updated) = (tickets::created_at, tickets::updated_at);
        let predicate: Predicate = match self {
            Self::Newest => Box::new(created.le(time).and(created.lt(time).or(tickets::id.lt(id)))),
            Self::Oldest => Box::new(created.ge(time).and(created.gt(time).or(tickets::id.gt(id)))),
            Self::RecentlyUpdated => {
                Box::new(updated.le(time).and(updated.lt(time).or(tickets::id.lt(id))))
            }
            Self::PriorityThenAge => Box::new(
                tickets::urgency.ge(urgency).and(
                    tickets::urgency
                        .gt(urgency)
                        .or(created.gt(time).or(created.eq(time).and(tickets::id.gt(id)))),
                ),
            ),
        };
        Ok(Some(predicate))
    }
}

/// As the generated column computes it: 0 is the most urgent.
fn urgency(priority: Priority) -> u8 {
    match priority {
        Priority::Urgent => 0,
        Priority::High => 1,
        Priority::Normal => 2,
        Priority::Low => 3,
    }
}

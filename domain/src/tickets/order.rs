//! The orders a ticket list can have, each ending in the ticket's id.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::Priority;
use super::Ticket;
use super::filter::Predicate;
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

    /// Where a page begins; `None` at the top.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page's cursor belongs to another list or order.
    pub(super) fn place(self, page: &PageRequest) -> Result<Option<Place>> {
        let Some(Key(order, urgency, time, id)) = page.key()? else { return Ok(None) };
        if order != self {
            return Err(Error::invalid("after", "this cursor belongs to a list in another order"));
        }
        Ok(Some(Place { urgency, time, id }))
    }
}

/// A row's place in an order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub urgency: u8,
    time: Timestamp,
    id: TicketId,
}

impl Place {
    /// The condition that leaves out everything up to this place.
    ///
    /// Written as "first column not before, and (…)" so that the index range is found by both
    /// MySQL and MariaDB, which do not use an index for row comparisons like `(a, b) > (x, y)`.
    pub(super) fn rest(self, order: TicketOrder) -> Predicate {
        let (created, updated) = (tickets::created_at, tickets::updated_at);
        let Self { urgency, time, id } = self;
        match order {
            TicketOrder::Newest => {
                Box::new(created.le(time).and(created.lt(time).or(tickets::id.lt(id))))
            }
            TicketOrder::Oldest => {
                Box::new(created.ge(time).and(created.gt(time).or(tickets::id.gt(id))))
            }
            TicketOrder::RecentlyUpdated => {
                Box::new(updated.le(time).and(updated.lt(time).or(tickets::id.lt(id))))
            }
            TicketOrder::PriorityThenAge => Box::new(
                tickets::urgency.ge(urgency).and(
                    tickets::urgency
                        .gt(urgency)
                        .or(created.gt(time).or(created.eq(time).and(tickets::id.gt(id)))),
                ),
            ),
        }
    }

    /// The same among tickets of the place's urgency, or, where the order ignores urgency, of any one.
    pub(super) fn rest_of_urgency(self, order: TicketOrder) -> Predicate {
        match order {
            TicketOrder::PriorityThenAge => self.rest(TicketOrder::Oldest),
            other => self.rest(other),
        }
    }
}

/// As the generated column computes it: 0 is the most urgent.
pub(super) fn urgency(priority: Priority) -> u8 {
    match priority {
        Priority::Urgent => 0,
        Priority::High => 1,
        Priority::Normal => 2,
        Priority::Low => 3,
    }
}

//! Tickets like another one: how such were solved, who solved them, what may be asked twice.
//!
//! The worker writes down the nearest older tickets of each ticket when it suggests its labels
//! ([`NewNeighbours`]), whoever may see them. Every reader gets those that the one predicate of
//! visibility admits and nothing that was counted from others; what follows from them
//! ([`rules`]) is worked out from tickets the reader may see.

mod read;
pub mod rules;
mod solution;
mod store;

use serde::{Deserialize, Serialize};

use crate::ids::TicketId;
use crate::tickets::Ticket;

pub use read::of_tickets;
pub use solution::solutions;
pub(crate) use store::store;

/// Neighbours kept of a ticket.
pub const NEIGHBOURS_MAX: usize = 50;

/// A ticket and how much it is like another: 0 nothing in common, 1 the same words.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "(TicketId, f64)", into = "(TicketId, f64)")]
pub struct Neighbour {
    pub ticket_id: TicketId,
    pub score: f64,
}

impl From<(TicketId, f64)> for Neighbour {
    fn from((ticket_id, score): (TicketId, f64)) -> Self {
        Self { ticket_id, score }
    }
}

impl From<Neighbour> for (TicketId, f64) {
    fn from(neighbour: Neighbour) -> Self {
        (neighbour.ticket_id, neighbour.score)
    }
}

/// The neighbours of one ticket, most alike first; what exceeds [`NEIGHBOURS_MAX`] is left out.
#[derive(Debug, Clone, PartialEq)]
pub struct NewNeighbours {
    pub ticket_id: TicketId,
    pub neighbours: Vec<Neighbour>,
}

/// A similar ticket that its reader may see.
#[derive(Debug, Clone, PartialEq)]
pub struct Similar {
    pub ticket: Ticket,
    /// 0 to 1.
    pub score: f64,
}

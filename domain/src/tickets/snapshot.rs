//! A ticket with its tags, as it stood at one moment.

use serde::{Deserialize, Serialize};
use std::ops::{Deref, DerefMut};

use super::Ticket;
use crate::ids::TagId;

/// Everything about a ticket that lists filter by; what events carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketSnapshot {
    #[serde(flatten)]
    pub ticket: Ticket,
    /// Ascending.
    pub tag_ids: Vec<TagId>,
}

impl Deref for TicketSnapshot {
    type Target = Ticket;
    fn deref(&self) -> &Ticket {
        &self.ticket
    }
}

impl DerefMut for TicketSnapshot {
    fn deref_mut(&mut self) -> &mut Ticket {
        &mut self.ticket
    }
}

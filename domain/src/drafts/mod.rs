//! Drafts: what people are writing and have not sent.
//!
//! Kept on the server, so that they survive a reload, a sign-out and a change of the device. They are
//! their author's own: nobody else reads them, admins neither, and the event log does not know of them.
//! A version keeps two devices from overwriting each other unseen. A draft that was sent or discarded
//! leaves its version behind for a while, so that a device which still shows it is found out.

mod discard;
mod list;
mod place;
mod save;

use diesel::prelude::*;

use crate::Timestamp;
use crate::db::schema::drafts;
use crate::ids::{DraftId, SubjectId, TicketId, UserId};

pub(crate) use discard::clear;
pub use discard::discard;
pub use list::{LIST_MAX, find, list, of_tickets};
pub use place::DraftPlace;
pub use save::{DraftText, save};

crate::text_enum! {
    /// What a draft is to become.
    pub enum DraftKind {
        /// A public reply on a ticket.
        Reply = "reply",
        /// An internal note on a ticket; staff only.
        Note = "note",
        /// A new ticket.
        Ticket = "ticket",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = drafts)]
pub struct Draft {
    pub id: DraftId,
    pub author_id: UserId,
    /// The ticket; the author where `kind` is `Ticket`.
    pub subject_id: SubjectId,
    pub kind: DraftKind,
    /// Empty unless `kind` is `Ticket`.
    pub subject: String,
    /// As it was typed.
    pub body: String,
    /// Grows by one with every change; also a later draft in the same place goes on from there.
    pub version: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Draft {
    /// The ticket it is for; `None` for the draft of a new one.
    pub fn ticket_id(&self) -> Option<TicketId> {
        (self.kind != DraftKind::Ticket).then(|| self.subject_id.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_round_trip() {
        DraftKind::assert_round_trips();
    }
}

//! Notifications: what the desk tells one person, until they have read it.
//!
//! A verb writes them in its own transaction, so nobody is told of what did not happen, and names them in
//! its event, so that a live client misses none. They are a person's own: nobody else reads or marks them,
//! admins neither. Nobody is told of what they did themselves, nor of a ticket they may not see. Who loses
//! sight of a ticket keeps the notification, which says nothing of what the ticket was about.

mod list;
mod mark_read;
mod stream;
mod tell;
mod tickets;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::db::schema::notifications;
use crate::ids::{MessageId, NotificationId, SubjectId, TicketId, UserId};
use crate::page::encode;

pub use list::{count_unread, find, find_many, list};
pub use mark_read::{MARK_MAX, Which, mark_read};
pub use stream::{NotificationStream, NotificationUpdate, SharedNotifications};
pub(crate) use tell::tell_admins;
pub(crate) use tickets::{Said, of_assignment, of_message};

crate::text_enum! {
    /// What a notification is about.
    pub enum NotificationKind {
        /// The desk took a model version back; the subject is the step of the rollout.
        ModelRolledBack = "model.rolled_back",
        /// Somebody gave the person a ticket, which is the subject.
        TicketAssigned = "ticket.assigned",
        /// A note or reply calls the person by name; the subject is the ticket.
        Mentioned = "ticket.mentioned",
        /// The requester or a colleague replied on a ticket the person has, which is the subject.
        TicketReplied = "ticket.replied",
    }
}

/// What the desk tells one person.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = notifications)]
#[diesel(treat_none_as_default_value = false)]
pub struct Notification {
    pub id: NotificationId,
    pub user_id: UserId,
    pub kind: NotificationKind,
    pub subject_id: SubjectId,
    /// A sentence for the person.
    pub text: String,
    pub created_at: Timestamp,
    /// `None` until the person has read it.
    pub read_at: Option<Timestamp>,
    /// Who caused it; `None` for the desk itself.
    pub actor_id: Option<UserId>,
    /// The message it is about; `None` for others.
    pub message_id: Option<MessageId>,
}

impl Notification {
    /// Cursor of this row in [`list`].
    pub fn cursor(&self) -> String {
        encode(&self.id)
    }

    /// The ticket it is about; `None` for other kinds.
    pub fn ticket_id(&self) -> Option<TicketId> {
        use NotificationKind::{Mentioned, ModelRolledBack, TicketAssigned, TicketReplied};
        match self.kind {
            TicketAssigned | Mentioned | TicketReplied => Some(self.subject_id.into()),
            ModelRolledBack => None,
        }
    }
}

/// A notification, as the event that caused it names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationRef {
    pub id: NotificationId,
    pub user_id: UserId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_round_trip() {
        NotificationKind::assert_round_trips();
    }
}

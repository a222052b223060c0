//! Messages: what people write on a ticket.

mod add;
mod list;
mod mentions;
mod rules;

use diesel::prelude::*;

use crate::Timestamp;
use crate::db::schema::messages;
use crate::ids::{MessageId, TicketId, UserId};

pub use add::{MENTIONS_MAX, MessageDraft, note, reply};
pub(crate) use add::{insert, insert_many};
pub use list::{MessageOrder, find, first_of_tickets, list};
pub use mentions::mentioned_in;
pub use rules::Body;
pub(crate) use rules::normalise;

crate::text_enum! {
    pub enum MessageKind {
        /// Public: the requester reads it.
        Reply = "reply",
        /// Internal: only staff ever read it.
        Note = "note",
    }
}

crate::text_enum! {
    /// How a message came in.
    pub enum Channel {
        Web = "web",
        Api = "api",
        Email = "email",
        Import = "import",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = messages)]
#[diesel(treat_none_as_default_value = false)]
pub struct Message {
    pub id: MessageId,
    pub ticket_id: TicketId,
    pub author_id: UserId,
    pub kind: MessageKind,
    pub channel: Channel,
    /// Plain text with `\n` line ends.
    pub body_text: String,
    /// Sanitised HTML; `None` when the message is plain text.
    pub body_html: Option<String>,
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enums_round_trip() {
        MessageKind::assert_round_trips();
        Channel::assert_round_trips();
    }
}

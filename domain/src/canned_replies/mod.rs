//! Canned replies: texts that staff prepared, with places for names and numbers.
//!
//! A reply belongs to one queue or to all of them. Staff see those of their queues and the global ones;
//! leads keep their queues', admins the global ones. Which messages were made from which reply is
//! remembered ([`uses_of`]), and so the desk can say which one helped on similar tickets ([`suggest`]).

mod create;
mod list;
mod policy;
mod render;
mod rules;
pub mod suggest;
mod update;
mod uses;

use diesel::prelude::*;

use crate::Timestamp;
use crate::db::schema::canned_replies;
use crate::ids::{CannedReplyId, QueueId, UserId};

pub use create::{CannedReplyDraft, create};
pub use list::{find_many, find_visible, list, usable};
pub use render::{Names, render};
pub use rules::{BODY_MAX_BYTES, PLACEHOLDERS};
pub use update::{CannedReplyChange, retire, update};
pub(crate) use uses::{note_use, require_usable};
pub use uses::{of_messages, uses_of};

/// A reply written once and sent often.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = canned_replies)]
#[diesel(treat_none_as_default_value = false)]
pub struct CannedReply {
    pub id: CannedReplyId,
    /// Unique without regard to case, retired ones included.
    pub name: String,
    /// Plain text with [`PLACEHOLDERS`].
    pub body: String,
    /// `None`: for all queues.
    pub queue_id: Option<QueueId>,
    /// A retired reply stays on the messages made from it and can no longer be chosen.
    pub active: bool,
    /// `None` for the desk itself.
    pub created_by: Option<UserId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl CannedReply {
    /// Whether it may be sent on a ticket of this queue.
    pub fn fits(&self, queue: QueueId) -> bool {
        self.active && self.queue_id.is_none_or(|own| own == queue)
    }
}

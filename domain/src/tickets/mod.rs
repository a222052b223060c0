//! Tickets: the desk's central noun.

mod assign;
mod change_category;
mod change_priority;
mod change_status;
mod claim;
pub mod counts;
mod create;
mod edit;
mod filter;
mod import;
mod import_past;
mod list;
mod live;
mod move_to_queue;
mod order;
mod policy;
mod queries;
pub mod record;
mod rules;
mod search;
mod set_tags;
mod snapshot;
mod update;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::db::schema::tickets;
use crate::ids::{CategoryId, QueueId, TicketId, UserId};

pub use assign::assign;
pub use change_category::change_category;
pub use change_priority::change_priority;
pub use change_status::change_status;
pub use claim::claim;
pub use counts::{CountAtMark, count, count_at_mark};
pub use create::{RequesterDraft, TicketDraft, create};
pub use edit::Edit;
pub(crate) use edit::{Needs, lock, store, write};
pub use filter::{AssigneeFilter, Range, TicketFilter};
pub use import::{ImportOutcome, ImportRow, import, import_target};
pub use import_past::{PastStep, PastTicket, import_past};
pub use list::{Listing, list, matches};
pub use live::{QueueStream, QueueUpdate, QueueUpdateKind, TicketStream, TicketUpdate};
pub use move_to_queue::move_to_queue;
pub use order::TicketOrder;
pub use policy::Visibility;
pub(crate) use queries::lock_many;
pub use queries::{find_many, find_visible, find_visible_by_number, ids_by_external};
pub(crate) use rules::move_to;
pub use rules::priority_named;
pub use search::{SearchHit, search};
pub use set_tags::set_tags;
pub use snapshot::TicketSnapshot;
pub use update::{TicketUpdateDraft, update};

crate::text_enum! {
    pub enum Status {
        /// Waits for an agent.
        Open = "open",
        /// Waits for the requester.
        Pending = "pending",
        /// Answered; a reply of the requester opens it again.
        Solved = "solved",
        /// Done for good; takes no more replies.
        Closed = "closed",
    }
}

crate::text_enum! {
    pub enum Priority {
        Low = "low",
        Normal = "normal",
        High = "high",
        Urgent = "urgent",
    }
}

crate::text_enum! {
    /// Where a label came from; only a person's are training data.
    pub enum LabelOrigin {
        /// Nobody decided yet.
        Default = "default",
        /// Set, accepted or corrected by a person.
        Person = "person",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Serialize, Deserialize)]
#[diesel(table_name = tickets)]
pub struct Ticket {
    pub id: TicketId,
    /// What people call it; unique, ascending, with gaps.
    pub number: u64,
    pub subject: String,
    pub status: Status,
    pub priority: Priority,
    pub priority_origin: LabelOrigin,
    /// Only ever set by a person; `None` until then.
    pub category_id: Option<CategoryId>,
    pub queue_id: QueueId,
    pub requester_id: UserId,
    pub assignee_id: Option<UserId>,
    /// Grows by one with every change to these fields and every reply; notes and suggestions leave
    /// it alone.
    pub version: u32,
    /// How the ticket came in: `web`, `api`, `email`, or the name an import was given.
    pub source: String,
    /// The source's own id; unique within the source.
    pub external_id: Option<String>,
    pub created_at: Timestamp,
    /// Time of the last change or message.
    pub updated_at: Timestamp,
    /// When it last became solved; `None` while it is open or pending.
    pub solved_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enums_round_trip() {
        Status::assert_round_trips();
        Priority::assert_round_trips();
        LabelOrigin::assert_round_trips();
    }
}

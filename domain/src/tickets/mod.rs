//! Tickets: the desk's central noun.

mod assign;
mod change_category;
mod change_priority;
mod change_status;
mod claim;
pub mod counts;
mod create;
mod delete;
mod edit;
mod excerpt;
mod filter;
mod import;
mod import_past;
mod labels;
mod list;
mod live;
mod merge;
mod milestones;
mod move_to_queue;
mod order;
mod policy;
mod queries;
pub mod record;
mod restore;
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
pub use delete::delete;
pub use edit::Edit;
pub(crate) use edit::{Needs, last_change, lock, lock_merged_too, refuse_merged, store, write};
pub use excerpt::Excerpt;
pub(crate) use filter::Predicate as TicketPredicate;
pub use filter::{AssigneeFilter, Range, TicketFilter};
pub use import::{ImportOutcome, ImportRow, import, import_target};
pub use import_past::{PastStep, PastTicket, import_past};
pub(crate) use labels::persons_label;
pub use list::{Listing, list, list_of_organisation, matches};
pub use live::{
    Exchange, Progress, QueueStream, QueueUpdate, QueueUpdateKind, QueueView, SharedQueue,
    SharedTicket, TicketStream, TicketUpdate, TicketView,
};
pub(crate) use live::{Seat, View};
pub use merge::{MERGE_MAX, MergeDraft, merge};
pub use milestones::MilestoneKind;
pub(crate) use milestones::note_reply;
pub use move_to_queue::move_to_queue;
pub use order::TicketOrder;
pub(crate) use policy::SuggestionPredicate;
pub use policy::Visibility;
pub(crate) use queries::lock_many;
pub use queries::{
    find_many, find_visible, find_visible_by_number, ids_by_external, merged_into, newest,
};
pub use restore::{list_deleted, restore};
pub(crate) use rules::move_to;
pub use rules::priority_named;
pub use search::{SearchHit, excerpts, search};
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
        /// Put there by the desk itself, and not confirmed by a person yet. Never stored: see
        /// [`Ticket::origin`].
        Model = "model",
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
    /// Whether a person decided the priority; never `Model`. Who set it says [`Ticket::origin`].
    pub priority_origin: LabelOrigin,
    /// Set by a person, or by the desk where the queue lets it; `None` until then.
    pub category_id: Option<CategoryId>,
    /// The category the desk put there itself, which may have been changed since.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub applied_category_id: Option<CategoryId>,
    /// The priority the desk put there itself, which may have been changed since.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub applied_priority: Option<Priority>,
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
    /// Time of the last change that moved `version`.
    pub updated_at: Timestamp,
    /// When it last became solved; `None` while it is open or pending.
    pub solved_at: Option<Timestamp>,
    /// Since when nobody sees it; `None` unless it is deleted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deleted_at: Option<Timestamp>,
    /// The ticket that has its messages now; it is closed then and in no list.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub merged_into_id: Option<TicketId>,
}

impl Ticket {
    /// Neither deleted nor merged into another: what lists and models look at.
    pub fn is_listed(&self) -> bool {
        self.deleted_at.is_none() && self.merged_into_id.is_none()
    }
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

//! What an event tells: the ticket as it was right after, and what had changed.
//!
//! The log alone is enough to say whether a ticket entered, changed in or left a filtered list:
//! the state after is in the event, and undoing the changes gives the state before.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::ids::{
    CategoryId, MessageId, QueueId, RolloutStepId, SuggestionId, TagId, TicketId, UserId,
};
use crate::messages::MessageKind;
use crate::models::RolloutAction;
use crate::notifications::NotificationRef;
use crate::queues::QueueRight;
use crate::suggestions::{LabelKind, SuggestionState};
use crate::tickets::{Priority, Status, TicketSnapshot};
use crate::users::Role;

/// Details of one event; stored as JSON, absent parts left out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct EventPayload {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ticket: Option<TicketSnapshot>,
    #[serde(skip_serializing_if = "TicketChanges::is_empty", default)]
    pub changes: TicketChanges,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message: Option<MessageRef>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub suggestion: Option<SuggestionRef>,
    /// The other tickets of a merge: on a source the target, on the target its sources.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub other_tickets: Vec<TicketId>,
    /// A membership that was given, changed or taken.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub right: Option<RightChange>,
    /// A rollout's step.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rollout: Option<RolloutRef>,
    /// A user's role that changed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role: Option<Change<Role>>,
    /// Who is told of it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notified: Vec<NotificationRef>,
    /// What happened to a user, queue, category … in words for the audit trail; why a ticket was
    /// deleted, for staff.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageRef {
    pub id: MessageId,
    pub kind: MessageKind,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredRef", into = "StoredRef")]
pub struct SuggestionRef {
    pub id: SuggestionId,
    pub kind: LabelKind,
    pub state: SuggestionState,
}

/// A step of one label kind's rollout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RolloutRef {
    pub step_id: RolloutStepId,
    pub kind: LabelKind,
    pub action: RolloutAction,
}

/// How the log keeps it: readers of the release before must not stumble over a state they do not know,
/// or they would miss what else the event tells.
#[derive(Clone, Serialize, Deserialize)]
struct StoredRef {
    id: SuggestionId,
    kind: LabelKind,
    state: SuggestionState,
    /// Where `state` says it with an older word.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    exactly: Option<SuggestionState>,
}

impl From<StoredRef> for SuggestionRef {
    fn from(stored: StoredRef) -> Self {
        let StoredRef { id, kind, state, exactly } = stored;
        Self { id, kind, state: exactly.unwrap_or(state) }
    }
}

impl From<SuggestionRef> for StoredRef {
    fn from(about: SuggestionRef) -> Self {
        let SuggestionRef { id, kind, state } = about;
        let stored = state.stored();
        Self { id, kind, state: stored, exactly: (stored != state).then_some(state) }
    }
}

/// A user's right on one queue, before and after; `None` is no membership.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RightChange {
    pub queue_id: QueueId,
    pub from: Option<QueueRight>,
    pub to: Option<QueueRight>,
}

/// One field's old and new value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change<T> {
    pub from: T,
    pub to: T,
}

macro_rules! ticket_changes {
    ($($field:ident: $type:ty),+ $(,)?) => {
        /// The ticket fields an event changed; the others are `None`.
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        pub struct TicketChanges {
            $(#[serde(skip_serializing_if = "Option::is_none", default)]
            pub $field: Option<Change<$type>>,)+
        }

        impl TicketChanges {
            pub fn is_empty(&self) -> bool {
                $(self.$field.is_none())&&+
            }

            /// Every field that differs between two states of one ticket.
            pub fn between(before: &TicketSnapshot, after: &TicketSnapshot) -> Self {
                Self {
                    $($field: (before.$field != after.$field).then(|| Change {
                        from: before.$field.clone(),
                        to: after.$field.clone(),
                    }),)+
                }
            }

            /// The state before these changes, from the state after them.
            pub fn undo(&self, after: &TicketSnapshot) -> TicketSnapshot {
                let mut before = after.clone();
                $(if let Some(change) = &self.$field {
                    before.$field = change.from.clone();
                })+
                before
            }
        }
    };
}

ticket_changes! {
    subject: String,
    status: Status,
    priority: Priority,
    category_id: Option<CategoryId>,
    queue_id: QueueId,
    requester_id: UserId,
    assignee_id: Option<UserId>,
    tag_ids: Vec<TagId>,
    updated_at: Timestamp,
    solved_at: Option<Timestamp>,
    deleted_at: Option<Timestamp>,
    merged_into_id: Option<TicketId>,
    version: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_names_states_in_words_that_the_release_before_knows() {
        const KNOWN: [&str; 5] = ["open", "accepted", "dismissed", "overridden", "superseded"];
        for state in SuggestionState::ALL {
            let about =
                SuggestionRef { id: SuggestionId::new(), kind: LabelKind::Category, state: *state };
            let json = serde_json::to_value(&about).unwrap();
            assert!(KNOWN.contains(&json["state"].as_str().unwrap()), "{json}");
            assert_eq!(serde_json::from_value::<SuggestionRef>(json).unwrap(), about);
        }
    }
}

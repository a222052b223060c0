//! The event log: history, live updates, jobs and training data from one append-only table.
//!
//! A verb appends its events in the transaction that changes the state; their `position` is still
//! NULL. After commit the [`Sequencer`] numbers what waits, in the order it was written, while it
//! holds the single row of `event_sequence`, and then announces the new end of the log. Positions
//! have no gaps, so a reader that has position `n` and next sees `n + 1` has missed nothing.
//!
//! Auto-increment alone would not do: two transactions take numbers 7 and 8 and commit 8 first; a
//! reader that remembers "I have read up to 8" never sees 7. Positions are given only to what is
//! committed. Within one ticket they follow the commits, because a verb locks the ticket's row
//! before it writes its event.

mod announcer;
mod cursor;
mod heartbeat;
mod hub;
mod log;
mod payload;
mod prune;
mod sequencer;

pub use announcer::Announcer;
pub use cursor::{Cursor, Position};
pub(crate) use heartbeat::CLOCK;
pub use heartbeat::Heartbeat;
pub use hub::{Follower, Hub, Start};
pub use log::{LogEvent, NewEvent, append, history, history_back, log_id, mark, read};
pub(crate) use log::{since, waiting};
pub use payload::{
    Change, EventPayload, MessageRef, RightChange, RolloutRef, SuggestionRef, TicketChanges,
};
pub use prune::prune;
pub use sequencer::{Sequencer, number_waiting};

crate::text_enum! {
    /// What happened. Names are part of the public graph: add, never rename.
    pub enum EventKind {
        TicketCreated = "ticket.created",
        TicketChanged = "ticket.changed",
        TicketDeleted = "ticket.deleted",
        TicketRestored = "ticket.restored",
        /// Written on each ticket of a merge.
        TicketMerged = "ticket.merged",
        /// A public reply was added.
        MessageReplied = "message.replied",
        /// An internal note was added.
        MessageNoted = "message.noted",
        SuggestionRecorded = "suggestion.recorded",
        SuggestionDecided = "suggestion.decided",
        UserChanged = "user.changed",
        OrganisationChanged = "organisation.changed",
        QueueChanged = "queue.changed",
        /// The subject is the user whose rights changed.
        MembershipChanged = "membership.changed",
        CategoryChanged = "category.changed",
        /// A tag was renamed, merged into another or deleted; tickets tell of their own tags themselves.
        TagChanged = "tag.changed",
        /// A canned reply was prepared, changed or retired.
        CannedReplyChanged = "canned_reply.changed",
        /// A possible new category was adopted or dismissed.
        CategoryProposalDecided = "category_proposal.decided",
        /// Another version suggests from now on; the subject is the version.
        ModelActivated = "model.activated",
        /// A version was trained and can be rolled out; the subject is the version.
        ModelRegistered = "model.registered",
        /// A rollout took a step, which is the subject.
        ModelRolloutChanged = "model.rollout_changed",
        /// A training was asked for, went on or ended; its row says how it stands.
        ModelRunChanged = "model_run.changed",
        ModelScheduleChanged = "model_schedule.changed",
        /// Only ever read: a newer program, running beside this one, wrote what this one does not
        /// know. It keeps its position and tells nothing else.
        Unknown = "unknown",
    }
}

impl EventKind {
    /// Internal events never reach customers by any path.
    pub fn is_internal(self) -> bool {
        !matches!(
            self,
            Self::TicketCreated
                | Self::TicketChanged
                | Self::TicketDeleted
                | Self::TicketRestored
                | Self::TicketMerged
                | Self::MessageReplied
        )
    }

    /// The subject is a ticket.
    pub fn is_about_ticket(self) -> bool {
        matches!(
            self,
            Self::TicketCreated
                | Self::TicketChanged
                | Self::TicketDeleted
                | Self::TicketRestored
                | Self::TicketMerged
                | Self::MessageReplied
                | Self::MessageNoted
                | Self::SuggestionRecorded
                | Self::SuggestionDecided
        )
    }

    /// Somebody's permissions may differ from now on; the subject is the user.
    pub fn changes_rights(self) -> bool {
        matches!(self, Self::UserChanged | Self::MembershipChanged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_round_trip() {
        EventKind::assert_round_trips();
    }
}

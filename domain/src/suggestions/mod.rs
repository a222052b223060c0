//! Suggestions: what a model would put on a ticket, why, and what people made of it.

mod apply;
mod auto_apply;
mod calibration;
mod decide;
mod figures;
mod list;
mod record;
mod revert;
mod rules;
mod words;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::db::schema::suggestions;
use crate::error::{Error, Result};
use crate::ids::{CategoryId, ModelVersionId, SuggestionId, TicketId, UserId};
use crate::models::Arm;
use crate::tickets::Priority;

pub use auto_apply::{AutoApply, auto_apply_of, set_auto_apply};
pub use calibration::{Calibration, CalibrationBin, calibration};
pub use decide::{accept, dismiss};
pub(crate) use decide::{dismiss_applied, ignore_at_end, settle_by_person};
pub use figures::{FigureGroup, FigureScope, Figures, IsoWeek, figures};
pub use list::{find_many, find_visible, of_tickets, recorded};
pub(crate) use record::supersede;
pub use record::{NewSuggestion, Recorded, Recording, record, record_served};
pub use revert::revert;
pub use words::{DecidingWord, Part, Place};

crate::text_enum! {
    /// What a model predicts.
    pub enum LabelKind {
        Category = "category",
        Priority = "priority",
    }
}

crate::text_enum! {
    /// What became of a suggestion.
    pub enum SuggestionState {
        /// Nobody has decided yet.
        Open = "open",
        /// A person took it over, or chose the same by hand.
        Accepted = "accepted",
        /// A person put it away without choosing, or took an applied one off again.
        Dismissed = "dismissed",
        /// A person chose something else.
        Overridden = "overridden",
        /// A newer suggestion took its place, or its ticket was merged into another.
        Superseded = "superseded",
        /// The desk put it on the ticket itself, because the queue lets it; nobody has decided yet.
        Applied = "applied",
        /// The ticket was solved or closed before anybody decided.
        Ignored = "ignored",
    }
}

impl SuggestionState {
    /// The state in the words of the release before this one, which may still be running and knows
    /// no others; the database tells the rest from what stands beside it.
    pub(crate) fn stored(self) -> Self {
        match self {
            Self::Applied => Self::Accepted,
            Self::Ignored => Self::Superseded,
            other => other,
        }
    }
}

/// A value of either label kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Label {
    Category(CategoryId),
    Priority(Priority),
}

impl Label {
    /// The kind it is a value of.
    pub fn kind(self) -> LabelKind {
        match self {
            Self::Category(_) => LabelKind::Category,
            Self::Priority(_) => LabelKind::Priority,
        }
    }
}

/// A label that was less likely than the suggested one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RunnerUp {
    pub label: Label,
    pub probability: f64,
}

/// How a suggestion came about.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Served {
    /// Who answered for the ticket at the time.
    pub arm: Arm,
    /// Share of the ticket's words that the model has never seen, 0 to 1; `None` where it was not measured.
    pub new_word_share: Option<f64>,
    /// Time the model took, in microseconds; `None` where it was not measured.
    pub took_us: Option<u32>,
    /// The ticket's language, as ISO 639 names it; `None` where it was not asked for.
    pub language: Option<String>,
}

/// What a model said about one label kind of a ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    pub id: SuggestionId,
    pub ticket_id: TicketId,
    /// The most likely label, also when the model abstains.
    pub label: Label,
    /// Calibrated probability that `label` is right, 0 to 1.
    pub probability: f64,
    /// The probability is below the model's threshold: shown as "not sure".
    pub abstained: bool,
    /// Next likely labels, most likely first.
    pub runner_ups: Vec<RunnerUp>,
    /// What decided, strongest first; empty when no word was known.
    pub deciding_words: Vec<DecidingWord>,
    pub model_version_id: ModelVersionId,
    pub state: SuggestionState,
    /// Who decided, or for an ignored one who ended the ticket; `None` while open, applied or
    /// superseded.
    pub decided_by: Option<UserId>,
    pub decided_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub served: Served,
    /// When the desk put it on the ticket without asking; `None` if it never did. It stays when a
    /// person decides.
    pub applied_at: Option<Timestamp>,
    /// The priority that an applied one replaced; `None` for categories, which only ever fill an
    /// empty field.
    pub applied_from: Option<Priority>,
}

#[derive(HasQuery, Insertable)]
#[diesel(table_name = suggestions)]
pub(super) struct Row {
    id: SuggestionId,
    ticket_id: TicketId,
    kind: LabelKind,
    category_id: Option<CategoryId>,
    priority: Option<Priority>,
    probability: f64,
    abstained: bool,
    runner_ups: String,
    deciding_words: String,
    model_version_id: ModelVersionId,
    stored_state: SuggestionState,
    #[diesel(skip_insertion)]
    state: SuggestionState,
    decided_by: Option<UserId>,
    decided_at: Option<Timestamp>,
    created_at: Timestamp,
    arm: Arm,
    new_word_share: Option<f64>,
    took_us: Option<u32>,
    language: Option<String>,
    applied_at: Option<Timestamp>,
    was_priority: Option<Priority>,
}

impl Row {
    fn set_state(&mut self, state: SuggestionState) {
        (self.state, self.stored_state) = (state, state.stored());
    }

    fn into_suggestion(self) -> Result<Suggestion> {
        let label = match (self.kind, self.category_id, self.priority) {
            (LabelKind::Category, Some(id), _) => Label::Category(id),
            (LabelKind::Priority, _, Some(priority)) => Label::Priority(priority),
            _ => return Err(Error::internal("a suggestion without its label")),
        };
        Ok(Suggestion {
            id: self.id,
            ticket_id: self.ticket_id,
            label,
            probability: self.probability,
            abstained: self.abstained,
            runner_ups: serde_json::from_str(&self.runner_ups).map_err(Error::internal)?,
            deciding_words: serde_json::from_str(&self.deciding_words).map_err(Error::internal)?,
            model_version_id: self.model_version_id,
            state: self.state,
            decided_by: self.decided_by,
            decided_at: self.decided_at,
            created_at: self.created_at,
            served: Served {
                arm: self.arm,
                new_word_share: self.new_word_share,
                took_us: self.took_us,
                language: self.language,
            },
            applied_at: self.applied_at,
            applied_from: self.was_priority,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enums_round_trip() {
        LabelKind::assert_round_trips();
        SuggestionState::assert_round_trips();
    }
}

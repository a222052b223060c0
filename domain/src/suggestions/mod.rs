//! Suggestions: what a model would put on a ticket, why, and what people made of it.

mod decide;
mod list;
mod record;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::db::schema::suggestions;
use crate::error::{Error, Result};
use crate::ids::{CategoryId, ModelVersionId, SuggestionId, TicketId, UserId};
use crate::models::Arm;
use crate::tickets::Priority;

pub(crate) use decide::settle_by_person;
pub use decide::{accept, dismiss};
pub use list::{find_many, find_visible, of_tickets, recorded};
pub(crate) use record::supersede;
pub use record::{NewSuggestion, Recorded, Recording, record, record_served};

crate::text_enum! {
    /// What a model predicts.
    pub enum LabelKind {
        Category = "category",
        Priority = "priority",
    }
}

crate::text_enum! {
    pub enum SuggestionState {
        /// Nobody has decided yet.
        Open = "open",
        /// A person took it over, or chose the same by hand.
        Accepted = "accepted",
        /// A person put it away without choosing.
        Dismissed = "dismissed",
        /// A person chose something else.
        Overridden = "overridden",
        /// A newer suggestion took its place, or its ticket was merged into another.
        Superseded = "superseded",
    }
}

/// A value of either label kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Label {
    Category(CategoryId),
    Priority(Priority),
}

impl Label {
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

/// A word or phrase that spoke for the label, against the runner-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecidingWord {
    /// As it stands in the ticket.
    pub text: String,
    /// Its part of everything that spoke for the label, 0 to 1.
    pub share: f64,
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
    /// Who decided; `None` while open or superseded.
    pub decided_by: Option<UserId>,
    pub decided_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub served: Served,
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
    state: SuggestionState,
    decided_by: Option<UserId>,
    decided_at: Option<Timestamp>,
    created_at: Timestamp,
    arm: Arm,
    new_word_share: Option<f64>,
    took_us: Option<u32>,
    language: Option<String>,
}

impl Row {
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

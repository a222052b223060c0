//! The suggestion, with its reasons.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use deskwire_domain::ids::SuggestionId;
use deskwire_domain::suggestions::{self, Label};

use crate::graphql::categories::Category;
use crate::graphql::context::ContextExt;
use crate::graphql::error::ApiResult;
use crate::graphql::ids::public;
use crate::graphql::models::ModelVersion;
use crate::graphql::tickets::object::{Ticket, TicketPriority};
use crate::graphql::users::object::User;

/// What a model predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::suggestions::LabelKind")]
pub enum LabelKind {
    /// What the ticket is about.
    Category,
    /// How urgent it is.
    Priority,
}

/// What became of a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::suggestions::SuggestionState")]
pub enum SuggestionState {
    /// Nobody has decided yet.
    Open,
    /// A person took it over, or chose the same by hand.
    Accepted,
    /// A person put it away without choosing, or took an applied one off again.
    Dismissed,
    /// A person chose something else.
    Overridden,
    /// A newer suggestion took its place, or its ticket was merged into another.
    Superseded,
    /// The desk put it on the ticket itself, because the queue lets it; nobody has decided yet. Accept
    /// it, choose another label, or revert it.
    Applied,
    /// The ticket was solved or closed before anybody decided. It stays so when the ticket is opened
    /// again, until somebody chooses a label by hand.
    Ignored,
}

/// A text of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::suggestions::Part")]
pub enum TicketPart {
    /// Its subject.
    Subject,
    /// One of its messages.
    Message,
}

/// Who answered for a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::models::Arm")]
pub enum SuggestionArm {
    /// The champion of the time.
    Champion,
    /// A candidate that served a share of the tickets.
    Canary,
}

/// [`suggestions::RunnerUp`] as clients see it.
pub struct RunnerUp(suggestions::RunnerUp);

/// A label that was less likely than the suggested one.
#[Object]
impl RunnerUp {
    /// The label: a category's name, or a priority such as `high`. Null when the category is gone.
    async fn label(&self, ctx: &Context<'_>) -> ApiResult<Option<String>> {
        label_text(ctx, self.0.label).await
    }

    /// Calibrated probability, 0 to 1.
    async fn probability(&self) -> f64 {
        self.0.probability
    }
}

/// A word or phrase that spoke for the label, against the runner-up.
#[derive(SimpleObject)]
pub struct DecidingWord {
    /// As it stands in the ticket.
    text: String,
    /// Its part of everything that spoke for the label, 0 to 1.
    share: f64,
    /// The text it stands in, where it stands first. Null in suggestions that were made before places
    /// were kept; so are `start` and `end`.
    part: Option<TicketPart>,
    /// The message it stands in. Null for the subject.
    message_id: Option<ID>,
    /// Where it begins, in characters (Unicode scalar values, not bytes or UTF-16 units) from the
    /// beginning of the ticket's `subject` or the message's `body`, as they were at the time.
    start: Option<u32>,
    /// Where it ends, behind its last character, counted likewise.
    end: Option<u32>,
}

impl From<&suggestions::DecidingWord> for DecidingWord {
    fn from(word: &suggestions::DecidingWord) -> Self {
        let place = word.place.as_ref();
        Self {
            text: word.text.clone(),
            share: word.share,
            part: place.map(|place| place.part.into()),
            message_id: place.and_then(|place| place.message_id).map(public),
            start: place.map(|place| place.start),
            end: place.map(|place| place.end),
        }
    }
}

/// [`suggestions::Suggestion`] as clients see it.
pub struct Suggestion(pub suggestions::Suggestion);

impl Suggestion {
    /// The suggestion behind an id, if the caller may see it; null otherwise.
    pub async fn load(ctx: &Context<'_>, id: SuggestionId) -> ApiResult<Option<Self>> {
        Ok(ctx.batches()?.load_one(id).await?.map(Self))
    }
}

/// What a model would put on a ticket, and why. Advice: it changes nothing until a person accepts it,
/// unless the ticket's queue lets the desk apply sure ones (`Queue.autoApply`).
#[Object]
impl Suggestion {
    /// Global id.
    pub async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// The ticket it is for.
    async fn ticket(&self, ctx: &Context<'_>) -> ApiResult<Option<Ticket>> {
        Ticket::load(ctx, self.0.ticket_id).await
    }

    /// What it suggests.
    async fn kind(&self) -> LabelKind {
        self.0.label.kind().into()
    }

    /// The most likely label, also when the model abstains: a category's name, or a priority such as
    /// `high`.
    async fn label(&self, ctx: &Context<'_>) -> ApiResult<Option<String>> {
        label_text(ctx, self.0.label).await
    }

    /// The suggested category. Null for priorities.
    async fn category(&self, ctx: &Context<'_>) -> ApiResult<Option<Category>> {
        match self.0.label {
            Label::Category(id) => Ok(ctx.batches()?.load_one(id).await?.map(Category)),
            Label::Priority(_) => Ok(None),
        }
    }

    /// The suggested priority. Null for categories.
    async fn priority(&self) -> Option<TicketPriority> {
        match self.0.label {
            Label::Category(_) => None,
            Label::Priority(priority) => Some(priority.into()),
        }
    }

    /// Calibrated probability that the label is right, 0 to 1.
    async fn probability(&self) -> f64 {
        self.0.probability
    }

    /// The probability is below the model's threshold: take the label as a guess, not as advice.
    async fn abstained(&self) -> bool {
        self.0.abstained
    }

    /// Next likely labels, most likely first, at most three.
    async fn runner_ups(&self) -> Vec<RunnerUp> {
        self.0.runner_ups.iter().copied().map(RunnerUp).collect()
    }

    /// What decided, strongest first, at most six. Empty when the ticket has no known word.
    async fn deciding_words(&self) -> Vec<DecidingWord> {
        self.0.deciding_words.iter().map(DecidingWord::from).collect()
    }

    /// The model version that suggested it.
    async fn model_version(&self, ctx: &Context<'_>) -> ApiResult<Option<ModelVersion>> {
        Ok(ctx.batches()?.load_one(self.0.model_version_id).await?.map(ModelVersion))
    }

    /// Whether the champion of the time suggested it, or a candidate on trial.
    async fn arm(&self) -> SuggestionArm {
        self.0.served.arm.into()
    }

    /// What became of it.
    async fn state(&self) -> SuggestionState {
        self.0.state.into()
    }

    /// Who decided; for IGNORED, who solved or closed the ticket. Null while it is open, applied or
    /// superseded.
    async fn decided_by(&self, ctx: &Context<'_>) -> ApiResult<Option<User>> {
        User::load_optional(ctx, self.0.decided_by).await
    }

    /// When somebody decided, in UTC. Null while it is open, applied or superseded.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at.map(|at| at.as_utc())
    }

    /// When the desk put it on the ticket without asking, in UTC; it stays when somebody decides. Null
    /// if it never did.
    async fn applied_at(&self) -> Option<DateTime<Utc>> {
        self.0.applied_at.map(|at| at.as_utc())
    }

    /// The priority that was on the ticket before the desk applied this, and is there again after
    /// `revertSuggestion`. Null for categories, which only ever fill an empty field, and for suggestions
    /// that were never applied.
    async fn applied_from(&self) -> Option<TicketPriority> {
        self.0.applied_from.map(Into::into)
    }

    /// When it was made, in UTC.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.as_utc()
    }
}

async fn label_text(ctx: &Context<'_>, label: Label) -> ApiResult<Option<String>> {
    match label {
        Label::Category(id) => Ok(ctx.batches()?.load_one(id).await?.map(|c| c.name)),
        Label::Priority(priority) => Ok(Some(priority.to_string())),
    }
}

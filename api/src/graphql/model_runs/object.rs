//! The training run.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use deskwire_domain::models::runs;

use crate::graphql::context::ContextExt;
use crate::graphql::error::ApiResult;
use crate::graphql::ids::public;
use crate::graphql::models::ModelVersion;
use crate::graphql::suggestions::object::LabelKind;
use crate::graphql::users::object::User;

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::models::runs::RunState")]
pub enum ModelRunState {
    /// Waits for a worker, for the first or for another try.
    Queued,
    /// A worker trains.
    Running,
    /// Made a version.
    Succeeded,
    /// Made none; `error` says why.
    Failed,
    /// An admin ended it.
    Cancelled,
}

/// What a run does at a moment, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::models::runs::RunStep")]
pub enum ModelRunStep {
    /// Reads the labelled tickets from the database.
    Loading,
    /// Turns texts into features.
    Reading,
    /// Fits on the older tickets, and chooses settings on the newest, which are held back.
    Choosing,
    /// Fits on all tickets.
    Fitting,
    /// Writes the artefact into the model store.
    Storing,
    /// Asks the champion about the tickets that were held back.
    Comparing,
}

/// [`runs::RunOptions`] as clients see them.
pub struct ModelRunOptions(runs::RunOptions);

/// What a run learns from, and what it aims at.
#[Object]
impl ModelRunOptions {
    /// Labels with fewer tickets are left out.
    async fn minimum_per_label(&self) -> u32 {
        self.0.minimum_per_label
    }

    /// Share of decided tickets that should be right, 0 to 1; below the probability that reaches it the
    /// model abstains.
    async fn target_precision(&self) -> f64 {
        self.0.target_precision
    }

    /// Only tickets created at this time or later, in UTC. Null: however old.
    async fn created_from(&self) -> Option<DateTime<Utc>> {
        self.0.created_from.map(|at| at.as_utc())
    }

    /// Only tickets created before this time, in UTC. Null: however new.
    async fn created_to(&self) -> Option<DateTime<Utc>> {
        self.0.created_to.map(|at| at.as_utc())
    }

    /// The version suggests at once if no other one of its kind does.
    async fn promote_when_first(&self) -> bool {
        self.0.promote_when_first
    }
}

/// [`runs::ModelRun`] as clients see it.
pub struct ModelRun(pub runs::ModelRun);

/// One training of one kind of model, done by a worker. Admins only.
#[Object]
impl ModelRun {
    /// Global id.
    pub async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// What the model will predict.
    async fn kind(&self) -> LabelKind {
        self.0.kind.into()
    }

    /// How it stands.
    async fn state(&self) -> ModelRunState {
        self.0.state.into()
    }

    /// What it does now. Null before it began and after it ended.
    async fn step(&self) -> Option<ModelRunStep> {
        self.0.step.map(Into::into)
    }

    /// Share of the whole that is done, 0 to 1. Falls back to 0 when another try begins.
    async fn done(&self) -> f64 {
        self.0.done
    }

    /// It was cancelled and ends within seconds, or has.
    async fn cancel_requested(&self) -> bool {
        self.0.cancel_requested
    }

    /// Who asked for it. Null for the schedule.
    async fn requested_by(&self, ctx: &Context<'_>) -> ApiResult<Option<User>> {
        User::load_optional(ctx, self.0.requested_by).await
    }

    /// What it learns from, and what it aims at.
    async fn options(&self) -> ModelRunOptions {
        ModelRunOptions(self.0.options.clone())
    }

    /// Why it failed, in a sentence to act on; while it is QUEUED, why the last try failed. Null
    /// otherwise.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// The version it made. Null until it has succeeded.
    async fn version(&self, ctx: &Context<'_>) -> ApiResult<Option<ModelVersion>> {
        let Some(id) = self.0.version_id else { return Ok(None) };
        Ok(ctx.batches()?.load_one(id).await?.map(ModelVersion))
    }

    /// Labelled tickets it learned from. Null until it has succeeded.
    async fn tickets(&self) -> Option<u32> {
        self.0.tickets
    }

    /// When it was asked for, in UTC.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.as_utc()
    }

    /// When a worker began its last try, in UTC. Null before the first.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.0.started_at.map(|at| at.as_utc())
    }

    /// When it ended, in UTC. Null until then.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at.map(|at| at.as_utc())
    }
}

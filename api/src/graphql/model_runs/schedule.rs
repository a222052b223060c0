//! Training by the clock.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use deskwire_domain::models::runs;

use super::object::ModelRun;
use crate::graphql::context::ContextExt;
use crate::graphql::error::ApiResult;
use crate::graphql::ids::public;
use crate::graphql::suggestions::object::LabelKind;
use crate::graphql::tickets::query::null_if_missing;
use crate::graphql::users::object::User;

/// [`runs::ModelSchedule`] as clients see it.
pub struct ModelSchedule(pub runs::ModelSchedule);

/// When one kind of model is trained by itself. Admins only.
#[Object]
impl ModelSchedule {
    /// Global id.
    async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// What the model predicts.
    async fn kind(&self) -> LabelKind {
        self.0.kind.into()
    }

    /// Hours from one run to the next, at least.
    async fn every_hours(&self) -> u32 {
        self.0.every_hours
    }

    /// Tickets whose label people must have given or changed since the last run that succeeded: by hand or
    /// by deciding about a suggestion. One that was changed twice counts once.
    async fn minimum_new_labels(&self) -> u32 {
        self.0.minimum_new_labels
    }

    /// False: nothing is trained by itself.
    async fn enabled(&self) -> bool {
        self.0.enabled
    }

    /// When a worker looks next whether to start a run, in UTC; after too few new labels it looks again
    /// every hour. Means nothing while it is not enabled.
    async fn next_run_at(&self) -> DateTime<Utc> {
        self.0.next_run_at.as_utc()
    }

    /// The last run it started. Null before the first.
    async fn last_run(&self, ctx: &Context<'_>) -> ApiResult<Option<ModelRun>> {
        let Some(id) = self.0.last_run_id else { return Ok(None) };
        let found = runs::find(&mut *ctx.conn().await?, ctx.actor()?, id).await;
        null_if_missing(found.map(ModelRun))
    }

    /// Who set it last. Null if nobody did.
    async fn changed_by(&self, ctx: &Context<'_>) -> ApiResult<Option<User>> {
        User::load_optional(ctx, self.0.changed_by).await
    }

    /// When it was set last, in UTC. Null if never.
    async fn changed_at(&self) -> Option<DateTime<Utc>> {
        self.0.changed_at.map(|at| at.as_utc())
    }
}

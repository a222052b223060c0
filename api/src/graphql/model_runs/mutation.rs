//! Asking for trainings, ending them, and setting their clock.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use deskwire_domain::models::runs::{self, RunOptions, ScheduleDraft};

use super::object::ModelRun;
use super::schedule::ModelSchedule;
use crate::graphql::context::ContextExt;
use crate::graphql::error::ApiResult;
use crate::graphql::ids::domain;
use crate::graphql::payload::payload;
use crate::graphql::suggestions::object::LabelKind;

/// A training to begin.
#[derive(InputObject)]
struct TrainModelInput {
    /// What the model is to predict.
    kind: LabelKind,
    /// Leave out labels with fewer tickets, 2 to 1000.
    #[graphql(default = 5)]
    minimum_per_label: u32,
    /// Share of decided tickets that should be right, 0.5 to 0.99; below the probability that reaches
    /// it the model abstains.
    #[graphql(default = 0.9)]
    target_precision: f64,
    /// Only tickets created at this time or later; however old if not given.
    created_from: Option<DateTime<Utc>>,
    /// Only tickets created before this time; however new if not given.
    created_to: Option<DateTime<Utc>>,
    /// Let the version suggest at once if no other one of its kind does. Otherwise an admin promotes
    /// it.
    #[graphql(default = true)]
    promote_when_first: bool,
}

/// The training to end.
#[derive(InputObject)]
struct CancelModelRunInput {
    /// The run.
    id: ID,
}

/// When one kind of model is trained by itself.
#[derive(InputObject)]
struct SetModelScheduleInput {
    /// What the model predicts.
    kind: LabelKind,
    /// Hours from one run to the next, 1 to 8760.
    every_hours: u32,
    /// Tickets whose label people must have given or changed since the last run that succeeded, 1 to 1000000.
    minimum_new_labels: u32,
    /// False: nothing is trained by itself.
    enabled: bool,
}

payload! {
    /// Outcome of a mutation of a training.
    ModelRunPayload { run: ModelRun(runs::ModelRun) }
}

payload! {
    /// Outcome of setting a schedule.
    ModelSchedulePayload { schedule: ModelSchedule(runs::ModelSchedule) }
}

#[derive(Default)]
pub struct ModelRunMutation;

#[Object]
impl ModelRunMutation {
    /// Begins a training on the labels that people gave, accepted or corrected; a worker does it, and
    /// `modelRunUpdates` tells how far it is. Its version is compared with the champion on the newest
    /// tickets and changes nothing by itself, except where it is the first. ALREADY_RUNNING while
    /// another run of the kind is queued or running. Admins only. Scope `admin`.
    async fn train_model(
        &self,
        ctx: &Context<'_>,
        input: TrainModelInput,
    ) -> ApiResult<ModelRunPayload> {
        let options = RunOptions {
            minimum_per_label: input.minimum_per_label,
            target_precision: input.target_precision,
            created_from: input.created_from.map(Into::into),
            created_to: input.created_to.map(Into::into),
            promote_when_first: input.promote_when_first,
        };
        let (mut conn, kind) = (ctx.conn().await?, input.kind.into());
        let outcome = runs::start(&mut conn, ctx.actor()?, kind, options).await;
        ModelRunPayload::of(ctx, outcome).await
    }

    /// Ends a training: one that is queued at once, one that is running within seconds. Cancelling
    /// it twice changes nothing. ILLEGAL_TRANSITION when it has ended. Admins only. Scope `admin`.
    async fn cancel_model_run(
        &self,
        ctx: &Context<'_>,
        input: CancelModelRunInput,
    ) -> ApiResult<ModelRunPayload> {
        let actor = ctx.actor()?;
        let outcome = match domain(&input.id, "id") {
            Ok(id) => runs::cancel(&mut *ctx.conn().await?, actor, id).await,
            Err(error) => Err(error),
        };
        ModelRunPayload::of(ctx, outcome).await
    }

    /// Says when one kind of model is trained by itself: every so many hours, if people have given so
    /// many labels since. Due at once, unless a run of the kind was asked for less than `everyHours`
    /// ago. Admins only. Scope `admin`.
    async fn set_model_schedule(
        &self,
        ctx: &Context<'_>,
        input: SetModelScheduleInput,
    ) -> ApiResult<ModelSchedulePayload> {
        let draft = ScheduleDraft {
            every_hours: input.every_hours,
            minimum_new_labels: input.minimum_new_labels,
            enabled: input.enabled,
        };
        let (mut conn, kind) = (ctx.conn().await?, input.kind.into());
        let outcome = runs::set_schedule(&mut conn, ctx.actor()?, kind, draft).await;
        ModelSchedulePayload::of(ctx, outcome).await
    }
}

//! Rolling versions out and back.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use deskwire_domain::error::{Error, Result};
use deskwire_domain::models::guards::GuardsChange;
use deskwire_domain::models::{self, Rollout, RolloutEdit};
use deskwire_domain::suggestions;

use super::rollout::ModelRollout;
use crate::graphql::context::ContextExt;
use crate::graphql::error::{ApiResult, UserError, mendable};
use crate::graphql::ids::domain;
use crate::graphql::scalars::Cursor;
use crate::graphql::suggestions::object::LabelKind;

/// A version to be tried in shadow.
#[derive(InputObject)]
struct StartShadowInput {
    /// The rollout to change.
    kind: LabelKind,
    /// The version, one of this kind that is not the champion.
    version_id: ID,
    /// Refuse with CONFLICT unless the rollout has this revision; any if not given.
    expected_revision: Option<u32>,
    /// Why to do it although the rollout is cooling down, 1 to 1000 characters.
    override_reason: Option<String>,
}

/// A version to be tried on a share of the tickets.
#[derive(InputObject)]
struct StartCanaryInput {
    /// The rollout to change.
    kind: LabelKind,
    /// The version; the present candidate if not given.
    version_id: Option<ID>,
    /// Share of the tickets it serves, in per cent, 1 to 99.
    percent: i32,
    /// Refuse with CONFLICT unless the rollout has this revision; any if not given.
    expected_revision: Option<u32>,
    /// Why to do it although the rollout is cooling down, 1 to 1000 characters.
    override_reason: Option<String>,
}

/// A version that is to suggest.
#[derive(InputObject)]
struct PromoteModelInput {
    /// The rollout to change.
    kind: LabelKind,
    /// The version; the present candidate if not given.
    version_id: Option<ID>,
    /// Refuse with CONFLICT unless the rollout has this revision; any if not given.
    expected_revision: Option<u32>,
    /// Why to do it although no validation says that it is good enough, 1 to 1000 characters.
    override_reason: Option<String>,
}

/// What to take back.
#[derive(InputObject)]
struct RollBackModelInput {
    /// The rollout to change.
    kind: LabelKind,
    /// Why, 1 to 1000 characters.
    reason: String,
    /// Refuse with CONFLICT unless the rollout has this revision; any if not given.
    expected_revision: Option<u32>,
}

/// A kind whose suggestions are to end.
#[derive(InputObject)]
struct DisableModelInput {
    /// The rollout to change.
    kind: LabelKind,
    /// Why, 1 to 1000 characters.
    reason: String,
    /// Refuse with CONFLICT unless the rollout has this revision; any if not given.
    expected_revision: Option<u32>,
}

/// A kind whose suggestions are to begin again.
#[derive(InputObject)]
struct EnableModelInput {
    /// The rollout to change.
    kind: LabelKind,
    /// Why, 1 to 1000 characters.
    reason: String,
    /// Refuse with CONFLICT unless the rollout has this revision; any if not given.
    expected_revision: Option<u32>,
}

/// Thresholds of guards; what is not given stays as it is. `ModelGuards` tells what each means.
#[derive(InputObject)]
struct SetModelGuardsInput {
    /// The rollout to change.
    kind: LabelKind,
    /// Refuse with CONFLICT unless the rollout has this revision; any if not given.
    expected_revision: Option<u32>,
    /// 0.001 to 0.5.
    alpha: Option<f64>,
    /// 10 to 10000.
    minimum_decided: Option<u32>,
    /// 10 to 5000.
    minimum_sample: Option<u32>,
    /// 0.01 to 1.
    shift: Option<f64>,
    /// 10 to 5000.
    label_mix_sample: Option<u32>,
    /// 0.01 to 1.
    label_mix: Option<f64>,
    /// 1 to 60000.
    latency_ms: Option<u32>,
    /// 1 to 1000.
    latency_factor: Option<f64>,
    /// 0 to 10080.
    cool_down_minutes: Option<u32>,
}

/// Outcome of a change to a rollout.
#[derive(SimpleObject)]
struct ModelRolloutPayload {
    /// The rollout after the change; with errors, as it is now.
    rollout: Option<ModelRollout>,
    /// What the caller can mend. Empty when the change was made.
    errors: Vec<UserError>,
    /// Where the change stands in the event log. Null with errors.
    cursor: Option<Cursor>,
}

#[derive(Default)]
pub struct ModelMutation;

#[Object]
impl ModelMutation {
    /// Lets a version score every ticket without showing anybody: from IDLE to SHADOW. Admins only. Scope
    /// `admin`.
    async fn start_shadow(
        &self,
        ctx: &Context<'_>,
        input: StartShadowInput,
    ) -> ApiResult<ModelRolloutPayload> {
        let (actor, edit) = (ctx.actor()?, edit(input.kind, input.expected_revision));
        let outcome = match domain(&input.version_id, "versionId") {
            Ok(version) => {
                let why = input.override_reason.as_deref();
                models::start_shadow(&mut *ctx.conn().await?, actor, edit, version, why).await
            }
            Err(error) => Err(error),
        };
        payload(ctx, edit, outcome).await
    }

    /// Lets a version serve a share of the tickets, or another share: from IDLE, SHADOW or CANARY to CANARY.
    /// Guards count anew with each share; a smaller one is taken while cooling down, too.
    /// Admins only. Scope `admin`.
    async fn start_canary(
        &self,
        ctx: &Context<'_>,
        input: StartCanaryInput,
    ) -> ApiResult<ModelRolloutPayload> {
        let (actor, edit) = (ctx.actor()?, edit(input.kind, input.expected_revision));
        let version = input.version_id.map(|id| domain(&id, "versionId")).transpose();
        let percent = u16::try_from(input.percent).map_err(|_| {
            Error::invalid("percent", format!("must be 1 to 99, got {}", input.percent))
        });
        let outcome = match version.and_then(|version| Ok((version, percent?))) {
            Ok((version, percent)) => {
                let (mut conn, why) = (ctx.conn().await?, input.override_reason.as_deref());
                models::start_canary(&mut conn, actor, edit, version, percent, why).await
            }
            Err(error) => Err(error),
        };
        payload(ctx, edit, outcome).await
    }

    /// Makes a version the champion, if its latest validation against the present one says BETTER or
    /// NOT_WORSE, or with `overrideReason`. Admins only. Scope `admin`.
    async fn promote_model(
        &self,
        ctx: &Context<'_>,
        input: PromoteModelInput,
    ) -> ApiResult<ModelRolloutPayload> {
        let (actor, edit) = (ctx.actor()?, edit(input.kind, input.expected_revision));
        let outcome = match input.version_id.map(|id| domain(&id, "versionId")).transpose() {
            Ok(version) => {
                let why = input.override_reason.as_deref();
                models::promote(&mut *ctx.conn().await?, actor, edit, version, why).await
            }
            Err(error) => Err(error),
        };
        payload(ctx, edit, outcome).await
    }

    /// Takes the candidate out of its trial; in IDLE, puts the previous champion back, once. Admins only. Scope
    /// `admin`.
    async fn roll_back_model(
        &self,
        ctx: &Context<'_>,
        input: RollBackModelInput,
    ) -> ApiResult<ModelRolloutPayload> {
        let (actor, edit) = (ctx.actor()?, edit(input.kind, input.expected_revision));
        let outcome = models::roll_back(&mut *ctx.conn().await?, actor, edit, &input.reason).await;
        payload(ctx, edit, outcome).await
    }

    /// The kill switch: no suggestions of a kind from now on. Open ones stay. Admins only. Scope `admin`.
    async fn disable_model(
        &self,
        ctx: &Context<'_>,
        input: DisableModelInput,
    ) -> ApiResult<ModelRolloutPayload> {
        let (actor, edit) = (ctx.actor()?, edit(input.kind, input.expected_revision));
        let outcome = models::disable(&mut *ctx.conn().await?, actor, edit, &input.reason).await;
        payload(ctx, edit, outcome).await
    }

    /// Lets a kind suggest again, by the rollout as it stands. Tickets that came in between get no suggestion
    /// afterwards. Admins only. Scope `admin`.
    async fn enable_model(
        &self,
        ctx: &Context<'_>,
        input: EnableModelInput,
    ) -> ApiResult<ModelRolloutPayload> {
        let (actor, edit) = (ctx.actor()?, edit(input.kind, input.expected_revision));
        let outcome = models::enable(&mut *ctx.conn().await?, actor, edit, &input.reason).await;
        payload(ctx, edit, outcome).await
    }

    /// Changes when a version on trial is taken back by itself. Admins only. Scope `admin`.
    async fn set_model_guards(
        &self,
        ctx: &Context<'_>,
        input: SetModelGuardsInput,
    ) -> ApiResult<ModelRolloutPayload> {
        let (actor, edit) = (ctx.actor()?, edit(input.kind, input.expected_revision));
        let change = GuardsChange {
            alpha: input.alpha,
            minimum_decided: input.minimum_decided,
            minimum_sample: input.minimum_sample,
            shift: input.shift,
            label_mix_sample: input.label_mix_sample,
            label_mix: input.label_mix,
            latency_ms: input.latency_ms,
            latency_factor: input.latency_factor,
            cool_down_minutes: input.cool_down_minutes,
        };
        let outcome = models::set_guards(&mut *ctx.conn().await?, actor, edit, change).await;
        payload(ctx, edit, outcome).await
    }
}

fn edit(kind: LabelKind, expected_revision: Option<u32>) -> RolloutEdit {
    RolloutEdit { kind: suggestions::LabelKind::from(kind), expected_revision }
}

async fn payload(
    ctx: &Context<'_>,
    edit: RolloutEdit,
    outcome: Result<Rollout>,
) -> ApiResult<ModelRolloutPayload> {
    Ok(match mendable(outcome)? {
        Ok(state) => ModelRolloutPayload {
            rollout: Some(ModelRollout::present(state)),
            errors: Vec::new(),
            cursor: ctx.settle().await,
        },
        Err(errors) => {
            let rollout = match ctx.is_staff() {
                true => Some(models::rollout(&mut *ctx.conn().await?, edit.kind).await?),
                false => None,
            };
            let rollout = rollout.map(ModelRollout::present);
            ModelRolloutPayload { rollout, errors, cursor: None }
        }
    })
}

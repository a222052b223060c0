//! The rollout of a label kind and its history.

use async_graphql::connection::EmptyFields;
use async_graphql::{Context, Enum, ID, Json, Object};
use chrono::{DateTime, Utc};
use deskwire_domain::{Timestamp, models};

use super::ModelVersion;
use super::guards::{ModelComparison, ModelGuards, public_evidence};
use crate::graphql::connection::{Rows, connection, list_cost, page_request};
use crate::graphql::context::ContextExt;
use crate::graphql::error::ApiResult;
use crate::graphql::ids::public;
use crate::graphql::suggestions::object::LabelKind;
use crate::graphql::users::object::User;

/// What the candidate of a kind does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::models::Stage")]
pub enum RolloutStage {
    /// There is no candidate.
    Idle,
    /// The candidate scores every ticket and is shown to nobody.
    Shadow,
    /// The candidate serves a share of the tickets.
    Canary,
}

/// What a step of a rollout did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::models::RolloutAction")]
pub enum RolloutAction {
    /// A version was trained; the rollout is as before.
    Registered,
    /// A version became the candidate, in shadow.
    ShadowStarted,
    /// The candidate began to serve, or serves another share.
    CanaryStarted,
    /// A version became the champion.
    Promoted,
    /// The candidate left its trial, or the previous champion came back.
    RolledBack,
    /// The same, by the desk itself; `evidence` says why.
    RolledBackAutomatically,
    /// All suggestions of the kind were switched off.
    Disabled,
    /// Suggestions of the kind were switched on again.
    Enabled,
    /// The guards' thresholds were changed.
    GuardsChanged,
}

/// A rollout's state, now or at a time.
pub struct ModelRollout {
    pub state: models::Rollout,
    /// False for a state of the past.
    pub is_present: bool,
}

impl ModelRollout {
    pub fn present(state: models::Rollout) -> Self {
        Self { state, is_present: true }
    }
}

/// Which versions serve one label kind: the champion, and a candidate on trial. Staff only.
#[Object]
impl ModelRollout {
    /// What the models suggest.
    async fn kind(&self) -> LabelKind {
        self.state.kind.into()
    }

    /// What the candidate does.
    async fn stage(&self) -> RolloutStage {
        self.state.stage.into()
    }

    /// Share of the tickets the candidate serves, in per cent; 0 unless in CANARY. Which tickets is settled
    /// by a hash: the same ticket always gets the same answerer, and who is in stays in when it rises.
    async fn percent(&self) -> u16 {
        self.state.percent
    }

    /// The version that suggests. Null until there was a first one.
    async fn champion(&self, ctx: &Context<'_>) -> ApiResult<Option<ModelVersion>> {
        ModelVersion::load(ctx, self.state.champion_id).await
    }

    /// The version on trial. Null in IDLE.
    async fn candidate(&self, ctx: &Context<'_>) -> ApiResult<Option<ModelVersion>> {
        ModelVersion::load(ctx, self.state.candidate_id).await
    }

    /// The champion before the present one, to which `rollBackModel` goes back in IDLE. Null when there was
    /// none, and after going back.
    async fn previous(&self, ctx: &Context<'_>) -> ApiResult<Option<ModelVersion>> {
        ModelVersion::load(ctx, self.state.previous_id).await
    }

    /// False: no suggestions of this kind at all.
    async fn enabled(&self) -> bool {
        self.state.enabled
    }

    /// Rises with every change; give it back as `expectedRevision`.
    async fn revision(&self) -> u32 {
        self.state.revision
    }

    /// Since when the stage, and in CANARY the share, is what it is, in UTC: guards count from here.
    async fn stage_since(&self) -> DateTime<Utc> {
        self.state.stage_since.as_utc()
    }

    /// Since when the champion is the champion, in UTC. Null without one.
    async fn champion_since(&self) -> Option<DateTime<Utc>> {
        self.state.champion_since.map(|at| at.as_utc())
    }

    /// Until when no trial begins without a reason, in UTC: the desk took a version back. Null when it never
    /// did.
    async fn cool_down_until(&self) -> Option<DateTime<Utc>> {
        self.state.cool_down_until.map(|at| at.as_utc())
    }

    /// Thresholds at which a version on trial is taken back.
    async fn guards(&self) -> ModelGuards {
        self.state.guards.clone().into()
    }

    /// The figures guards look at, of both arms, as they are now. Null while nothing is on trial, and for a
    /// state of the past.
    #[graphql(complexity = "20 + child_complexity")]
    async fn comparison(&self, ctx: &Context<'_>) -> ApiResult<Option<ModelComparison>> {
        if !self.is_present {
            return Ok(None);
        }
        let mut conn = ctx.conn().await?;
        let found = models::compare(&mut conn, &self.state, Timestamp::now()).await?;
        Ok(found.map(ModelComparison::from))
    }

    /// Everything that was done to it, newest first.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows wanted, 1 to 100; 25 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the row before the first wanted one.")] after: Option<String>,
    ) -> ApiResult<Rows<ModelRolloutStep>> {
        let request = page_request(first, after)?;
        let mut conn = ctx.conn().await?;
        let page = models::history(&mut conn, ctx.actor()?, self.state.kind, &request).await?;
        Ok(connection(&request, page, EmptyFields, |step: models::RolloutStep| {
            (step.cursor(), ModelRolloutStep(step))
        }))
    }
}

/// [`models::RolloutStep`] as clients see it.
pub struct ModelRolloutStep(pub models::RolloutStep);

/// One step in a rollout's history.
#[Object]
impl ModelRolloutStep {
    /// Global id.
    pub async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// What it did.
    async fn action(&self) -> RolloutAction {
        self.0.action.into()
    }

    /// The version it is about. Null where it is about none.
    async fn version(&self, ctx: &Context<'_>) -> ApiResult<Option<ModelVersion>> {
        ModelVersion::load(ctx, self.0.version_id).await
    }

    /// Who did it. Null for the desk itself.
    async fn actor(&self, ctx: &Context<'_>) -> ApiResult<Option<User>> {
        User::load_optional(ctx, self.0.actor_id).await
    }

    /// Why, in the words of who did it. Null where nobody had to say.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// It was done although a gate said no: without a good validation, or while cooling down.
    async fn is_override(&self) -> bool {
        self.0.is_override
    }

    /// What it was decided by: the `findings` of guards with both arms' figures (`labels` as in `ModelArm`), or a
    /// `validation`. Null where there is none.
    async fn evidence(&self) -> Option<Json<serde_json::Value>> {
        self.0.evidence.as_ref().map(|evidence| Json(public_evidence(evidence)))
    }

    /// When, in UTC.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.as_utc()
    }

    /// The whole state after it.
    async fn rollout(&self) -> ModelRollout {
        ModelRollout { state: self.0.after.clone(), is_present: false }
    }
}

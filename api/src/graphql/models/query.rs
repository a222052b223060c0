//! Reading versions and rollouts.

use async_graphql::{Context, Object};
use chrono::{DateTime, Utc};
use deskwire_domain::models;

use super::ModelVersion;
use super::rollout::ModelRollout;
use crate::graphql::context::ContextExt;
use crate::graphql::error::ApiResult;
use crate::graphql::suggestions::object::LabelKind;

#[derive(Default)]
pub struct ModelQuery;

#[Object]
impl ModelQuery {
    /// All model versions, newest first. Staff only. Scope `tickets:read`.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn model_versions(&self, ctx: &Context<'_>) -> ApiResult<Vec<ModelVersion>> {
        let all = models::list(&mut *ctx.conn().await?, ctx.actor()?).await?;
        Ok(all.into_iter().map(ModelVersion).collect())
    }

    /// Which versions serve a label kind, now or at a time. Null before anything was known of the kind. Staff
    /// only. Scope `tickets:read`.
    async fn model_rollout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the models suggest.")] kind: LabelKind,
        #[graphql(desc = "A time, in UTC; now if not given.")] at: Option<DateTime<Utc>>,
    ) -> ApiResult<Option<ModelRollout>> {
        let (mut conn, actor) = (ctx.conn().await?, ctx.actor()?);
        if let Some(at) = at {
            let step = models::step_at(&mut conn, actor, kind.into(), at.into()).await?;
            return Ok(step.map(|step| ModelRollout { state: step.after, is_present: false }));
        }
        let state = models::find_rollout(&mut conn, actor, kind.into()).await?;
        Ok(Some(ModelRollout::present(state)))
    }
}

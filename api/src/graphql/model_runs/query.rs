//! Reading runs and schedules.

use async_graphql::connection::EmptyFields;
use async_graphql::{Context, ID, Object};
use deskwire_domain::models::runs;

use super::object::ModelRun;
use super::schedule::ModelSchedule;
use crate::graphql::connection::{Rows, connection, list_cost, page_request};
use crate::graphql::context::ContextExt;
use crate::graphql::error::ApiResult;
use crate::graphql::ids::domain;
use crate::graphql::suggestions::object::LabelKind;
use crate::graphql::tickets::query::null_if_missing;

#[derive(Default)]
pub struct ModelRunQuery;

#[Object]
impl ModelRunQuery {
    /// Trainings, newest first. Admins only. Scope `admin`.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn model_runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only runs of this kind of model.")] kind: Option<LabelKind>,
        #[graphql(desc = "Rows wanted, 1 to 100; 25 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the row before the first wanted one.")] after: Option<String>,
    ) -> ApiResult<Rows<ModelRun>> {
        let request = page_request(first, after)?;
        let (mut conn, kind) = (ctx.conn().await?, kind.map(Into::into));
        let page = runs::list(&mut conn, ctx.actor()?, kind, &request).await?;
        let row = |run: runs::ModelRun| (run.cursor(), ModelRun(run));
        Ok(connection(&request, page, EmptyFields, row))
    }

    /// One training. Null when there is none. Admins only. Scope `admin`.
    async fn model_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run.")] id: ID,
    ) -> ApiResult<Option<ModelRun>> {
        let (actor, id) = (ctx.actor()?, domain(&id, "id")?);
        let found = runs::find(&mut *ctx.conn().await?, actor, id).await;
        null_if_missing(found.map(ModelRun))
    }

    /// When each kind of model is trained by itself. Admins only. Scope `admin`.
    #[graphql(complexity = "2 + 2 * child_complexity")]
    async fn model_schedules(&self, ctx: &Context<'_>) -> ApiResult<Vec<ModelSchedule>> {
        let all = runs::schedules(&mut *ctx.conn().await?, ctx.actor()?).await?;
        Ok(all.into_iter().map(ModelSchedule).collect())
    }
}

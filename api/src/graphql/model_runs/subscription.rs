//! A training, live.

use async_graphql::{Context, ID, Subscription};
use deskwire_domain::models::runs::ModelRunStream;
use futures::stream::{Stream, unfold};

use super::object::ModelRun;
use crate::graphql::context::ContextExt;
use crate::graphql::error::ApiError;
use crate::graphql::ids::domain;

#[derive(Default)]
pub struct ModelRunSubscription;

#[Subscription]
impl ModelRunSubscription {
    /// One training: as it is at once, and again after every change; progress is told about once a
    /// second, and each new step. Ends when the training has ended. Admins only. Scope `admin`.
    async fn model_run_updates<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "The run.")] run_id: ID,
    ) -> Result<impl Stream<Item = ModelRun> + 'ctx, ApiError> {
        let (id, actor) = (domain(&run_id, "runId")?, ctx.actor()?.clone());
        let stream = ModelRunStream::open(ctx.desk(), actor, id).await?;
        Ok(unfold(stream, |mut stream| async move {
            let run = stream.next().await?;
            Some((ModelRun(run), stream))
        }))
    }
}

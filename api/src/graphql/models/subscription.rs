//! Live rollouts.

use async_graphql::{Context, Subscription};
use deskwire_domain::models::RolloutStream;
use futures::Stream;
use futures::stream::unfold;

use super::rollout::ModelRollout;
use crate::graphql::context::ContextExt;
use crate::graphql::error::ApiError;
use crate::graphql::suggestions::object::LabelKind;

#[derive(Default)]
pub struct ModelSubscription;

#[Subscription]
impl ModelSubscription {
    /// The rollout of a label kind: its state at once, and again after every step of its history. Each item
    /// is the whole state, so nothing has to be resumed. Staff only. Scope `tickets:read`.
    async fn model_rollout_updates<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "What the models suggest.")] kind: LabelKind,
    ) -> Result<impl Stream<Item = ModelRollout> + 'ctx, ApiError> {
        let stream = RolloutStream::open(ctx.desk(), ctx.actor()?, kind.into()).await?;
        Ok(unfold(stream, |mut stream| async move {
            Some((ModelRollout::present(stream.next().await?), stream))
        }))
    }
}

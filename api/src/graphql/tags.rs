//! Tags in the graph.

use async_graphql::{Context, ID, Object};
use deskwire_domain::tags;

use super::context::ContextExt;
use super::error::ApiResult;
use super::ids::public;

/// [`tags::Tag`] as clients see it.
pub struct Tag(pub tags::Tag);

/// A free word on tickets.
#[Object]
impl Tag {
    /// Global id.
    async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// Lower case, unique.
    async fn name(&self) -> &str {
        &self.0.name
    }
}

#[derive(Default)]
pub struct TagQuery;

#[Object]
impl TagQuery {
    /// All tags by name. Staff only. Scope `tickets:read`.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn tags(&self, ctx: &Context<'_>) -> ApiResult<Vec<Tag>> {
        let all = tags::list(&mut *ctx.conn().await?, ctx.actor()?).await?;
        Ok(all.into_iter().map(Tag).collect())
    }
}

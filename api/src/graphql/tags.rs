//! Tags in the graph.

use async_graphql::{Context, ID, Object, Value};
use deskwire_domain::tags;

use super::context::ContextExt;
use super::error::ApiResult;
use super::ids::public;
use super::plain::PlainFields;

/// [`tags::Tag`] as clients see it.
pub struct Tag(pub tags::Tag);

impl PlainFields for Tag {
    fn plain(&self, field: &str) -> Option<Value> {
        match field {
            "id" => Some(Value::String(public(self.0.id).0)),
            "name" => Some(Value::String(self.0.name.clone())),
            _ => None,
        }
    }
}

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

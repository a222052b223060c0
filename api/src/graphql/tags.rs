//! Tags in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Value};
use deskwire_domain::error::Result;
use deskwire_domain::tags::{self, Retagged};

use super::context::ContextExt;
use super::error::{ApiResult, UserError, mendable};
use super::ids::{domain, domain_all, public};
use super::loaders::TaggedWith;
use super::payload::payload;
use super::plain::PlainFields;
use super::scalars::Cursor;

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

    /// How many tickets in lists have it, of those the caller may see. All tags of an answer cost one look
    /// together, which takes the longer the more tickets have them. Staff only.
    #[graphql(complexity = 5)]
    async fn ticket_count(&self, ctx: &Context<'_>) -> ApiResult<u64> {
        Ok(ctx.batches()?.load_one(TaggedWith(self.0.id)).await?.unwrap_or(0))
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

/// Another word for a tag.
#[derive(InputObject)]
struct RenameTagInput {
    /// The tag.
    id: ID,
    /// 1 to 60 characters, made lower case; unique.
    name: String,
}

/// Tags that mean the same.
#[derive(InputObject)]
struct MergeTagsInput {
    /// The tags to give up, 1 to 20.
    source_ids: Vec<ID>,
    /// The tag that stays.
    target_id: ID,
}

/// The tag to give up.
#[derive(InputObject)]
struct DeleteTagInput {
    /// The tag.
    id: ID,
}

payload! {
    /// Outcome of renaming a tag.
    TagPayload { tag: Tag(tags::Tag) }
}

/// Outcome of a change of all tickets with a tag.
#[derive(SimpleObject)]
struct RetagPayload {
    /// The tag that stays. Null after a deletion, and with errors.
    tag: Option<Tag>,
    /// Tickets that were changed by this call.
    changed_tickets: u64,
    /// False: so many tickets have the tag that time was up. What was changed stays; send the same again
    /// until it is done.
    is_done: bool,
    /// What the caller can mend. Empty when there was nothing wrong.
    errors: Vec<UserError>,
    /// Where the change stands in the event log. Null with errors.
    cursor: Option<Cursor>,
}

impl RetagPayload {
    async fn of(
        ctx: &Context<'_>,
        outcome: Result<(Option<tags::Tag>, Retagged)>,
    ) -> ApiResult<Self> {
        Ok(match mendable(outcome)? {
            Ok((tag, Retagged { tickets, is_done })) => Self {
                tag: tag.map(Tag),
                changed_tickets: tickets,
                is_done,
                errors: Vec::new(),
                cursor: ctx.settle().await,
            },
            Err(errors) => {
                Self { tag: None, changed_tickets: 0, is_done: false, errors, cursor: None }
            }
        })
    }
}

#[derive(Default)]
pub struct TagMutation;

#[Object]
impl TagMutation {
    /// Renames a tag; a name that another tag has is ALREADY_EXISTS, for which `mergeTags` is. Admins only.
    /// Scope `admin`.
    async fn rename_tag(&self, ctx: &Context<'_>, input: RenameTagInput) -> ApiResult<TagPayload> {
        let actor = ctx.actor()?;
        let outcome = match domain(&input.id, "id") {
            Ok(id) => tags::rename(&mut *ctx.conn().await?, actor, id, &input.name).await,
            Err(error) => Err(error),
        };
        TagPayload::of(ctx, outcome).await
    }

    /// Puts one tag in the place of others, on all tickets, and deletes those. Each ticket changes as by
    /// `tagTicket`. Admins only. Scope `admin`.
    async fn merge_tags(
        &self,
        ctx: &Context<'_>,
        input: MergeTagsInput,
    ) -> ApiResult<RetagPayload> {
        let actor = ctx.actor()?;
        let outcome: Result<_> = async {
            let sources = domain_all(&input.source_ids, "sourceIds")?;
            let target = domain(&input.target_id, "targetId")?;
            let mut conn = ctx.desk().conn().await?;
            let (tag, done) = tags::merge(&mut conn, actor, &sources, target).await?;
            Ok((Some(tag), done))
        }
        .await;
        RetagPayload::of(ctx, outcome).await
    }

    /// Takes a tag off all tickets and deletes it. Each ticket changes as by `tagTicket`. Admins only. Scope
    /// `admin`.
    async fn delete_tag(
        &self,
        ctx: &Context<'_>,
        input: DeleteTagInput,
    ) -> ApiResult<RetagPayload> {
        let actor = ctx.actor()?;
        let outcome = match domain(&input.id, "id") {
            Ok(id) => tags::delete(&mut *ctx.conn().await?, actor, id).await,
            Err(error) => Err(error),
        };
        RetagPayload::of(ctx, outcome.map(|done| (None, done))).await
    }
}

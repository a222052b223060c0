//! Canned replies in the graph.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use chrono::{DateTime, Utc};
use deskwire_domain::canned_replies::{self, CannedReplyChange, CannedReplyDraft, Names};
use deskwire_domain::error::Result;
use deskwire_domain::ids::{QueueId, TicketId};
use deskwire_domain::tickets;

use super::context::ContextExt;
use super::error::ApiResult;
use super::ids::{domain, public, try_domain};
use super::payload::payload;
use super::plain::Plain;
use super::queues::Queue;
use super::users::object::User;

/// [`canned_replies::CannedReply`] as clients see it.
pub struct CannedReply(pub canned_replies::CannedReply);

/// A text that staff prepared for replies. Staff see those for all queues and those for queues they see.
#[Object]
impl CannedReply {
    /// Global id.
    pub async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// Unique without regard to case.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Plain text; `{{requester.name}}`, `{{ticket.number}}` and `{{agent.name}}` stand for what `render`
    /// fills in.
    async fn body(&self) -> &str {
        &self.0.body
    }

    /// The text filled in for a ticket, with the caller as the agent: ready to be sent by `addReply`. Null
    /// when the caller may not see the ticket.
    async fn render(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ticket.")] ticket_id: ID,
    ) -> ApiResult<Option<String>> {
        let Some(id) = try_domain::<TicketId>(&ticket_id) else { return Ok(None) };
        let Some(ticket) = ctx.batches()?.load_one(id).await? else { return Ok(None) };
        Ok(Some(rendered(ctx, &self.0, &ticket).await?))
    }

    /// The only queue it is for. Null: for all queues.
    async fn queue(&self, ctx: &Context<'_>) -> ApiResult<Option<Queue>> {
        let Some(id) = self.0.queue_id else { return Ok(None) };
        Ok(ctx.batches()?.load_one(id).await?.map(Queue))
    }

    /// False: stays on the messages made from it and can no longer be chosen.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// Who prepared it. Null for the desk itself.
    async fn created_by(&self, ctx: &Context<'_>) -> ApiResult<Option<Plain<User>>> {
        Ok(User::load_optional(ctx, self.0.created_by).await?.map(Plain))
    }

    /// When it was prepared, in UTC.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.as_utc()
    }

    /// When it was last changed, in UTC.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at.as_utc()
    }
}

/// What speaks for a suggested reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum SuggestedReplyReason {
    /// It was sent on similar tickets that are solved.
    SimilarTickets,
    /// Its name and text share words with the ticket.
    Text,
}

/// A canned reply that fits a ticket. Nothing is sent until somebody does.
#[derive(SimpleObject)]
pub struct SuggestedReply {
    /// The canned reply.
    pub canned_reply: CannedReply,
    /// How well it fits, 0 to 1: its part of the canned replies sent on similar tickets, or of the words
    /// it and the ticket have in common.
    pub score: f64,
    /// What speaks for it.
    pub reason: SuggestedReplyReason,
    /// Its text filled in for the ticket, with the caller as the agent.
    pub body: String,
}

/// A reply's text for a ticket that the caller may see.
pub async fn rendered(
    ctx: &Context<'_>,
    reply: &canned_replies::CannedReply,
    ticket: &tickets::Ticket,
) -> ApiResult<String> {
    let name = async |id| {
        let user = User::load_optional(ctx, id).await?;
        ApiResult::Ok(user.map_or_else(String::new, |User(user)| user.name))
    };
    let people = (name(Some(ticket.requester_id)), name(ctx.actor()?.user_id));
    let (requester, agent) = futures::join!(people.0, people.1);
    let (requester, agent) = (requester?, agent?);
    let names = Names { requester: &requester, ticket_number: ticket.number, agent: &agent };
    Ok(canned_replies::render(&reply.body, names))
}

#[derive(Default)]
pub struct CannedReplyQuery;

#[Object]
impl CannedReplyQuery {
    /// Canned replies the caller sees, by name. Staff only. Scope `tickets:read`.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn canned_replies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what may be sent in this queue; all if not given.")]
        queue_id: Option<ID>,
        #[graphql(default, desc = "Also those that can no longer be chosen.")]
        include_inactive: bool,
    ) -> ApiResult<Vec<CannedReply>> {
        let actor = ctx.actor()?;
        let queue = queue_id.map(|id| domain(&id, "queueId")).transpose()?;
        let mut conn = ctx.conn().await?;
        let all = canned_replies::list(&mut conn, actor, queue, include_inactive).await?;
        Ok(all.into_iter().map(CannedReply).collect())
    }
}

/// A new canned reply.
#[derive(InputObject)]
struct CreateCannedReplyInput {
    /// 1 to 120 characters; unique.
    name: String,
    /// Plain text, at most 20,000 bytes. `{{requester.name}}`, `{{ticket.number}}` and `{{agent.name}}` are
    /// filled in when it is used; any other name between double braces is an error.
    body: String,
    /// The only queue it is for; for all queues if not given.
    queue_id: Option<ID>,
}

/// Fields of a canned reply to change; what is not given stays.
#[derive(InputObject)]
struct UpdateCannedReplyInput {
    /// The canned reply.
    id: ID,
    /// 1 to 120 characters; unique.
    name: Option<String>,
    /// As in `createCannedReply`.
    body: Option<String>,
    /// The only queue it is for; null makes it one for all queues.
    queue_id: MaybeUndefined<ID>,
    /// False retires it, true revives it.
    active: Option<bool>,
}

/// The canned reply to take out of use.
#[derive(InputObject)]
struct DeleteCannedReplyInput {
    /// The canned reply.
    id: ID,
}

payload! {
    /// Outcome of a canned reply's mutation.
    CannedReplyPayload { canned_reply: CannedReply(canned_replies::CannedReply) }
}

#[derive(Default)]
pub struct CannedReplyMutation;

#[Object]
impl CannedReplyMutation {
    /// Prepares a reply. Whoever may manage the queue; admins for all queues. Scope `admin`.
    async fn create_canned_reply(
        &self,
        ctx: &Context<'_>,
        input: CreateCannedReplyInput,
    ) -> ApiResult<CannedReplyPayload> {
        let actor = ctx.actor()?;
        let outcome = match input.queue_id.map(|id| domain(&id, "queueId")).transpose() {
            Ok(queue_id) => {
                let draft = CannedReplyDraft { name: input.name, body: input.body, queue_id };
                canned_replies::create(&mut *ctx.conn().await?, actor, draft).await
            }
            Err(error) => Err(error),
        };
        CannedReplyPayload::of(ctx, outcome).await
    }

    /// Changes, retires or revives a canned reply. Whoever may manage its queue and the one it is moved
    /// to; admins those for all queues. Scope `admin`.
    async fn update_canned_reply(
        &self,
        ctx: &Context<'_>,
        input: UpdateCannedReplyInput,
    ) -> ApiResult<CannedReplyPayload> {
        let actor = ctx.actor()?;
        let outcome = match (domain(&input.id, "id"), queue_change(&input.queue_id)) {
            (Ok(id), Ok(queue_id)) => {
                let UpdateCannedReplyInput { name, body, active, .. } = input;
                let change = CannedReplyChange { name, body, queue_id, active };
                canned_replies::update(&mut *ctx.conn().await?, actor, id, change).await
            }
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
        CannedReplyPayload::of(ctx, outcome).await
    }

    /// Takes a canned reply out of use: it can no longer be chosen, and stays on the messages made from
    /// it. `updateCannedReply` revives it. Whoever may manage its queue; admins those for all queues.
    /// Scope `admin`.
    async fn delete_canned_reply(
        &self,
        ctx: &Context<'_>,
        input: DeleteCannedReplyInput,
    ) -> ApiResult<CannedReplyPayload> {
        let actor = ctx.actor()?;
        let outcome = match domain(&input.id, "id") {
            Ok(id) => canned_replies::retire(&mut *ctx.conn().await?, actor, id).await,
            Err(error) => Err(error),
        };
        CannedReplyPayload::of(ctx, outcome).await
    }
}

fn queue_change(given: &MaybeUndefined<ID>) -> Result<Option<Option<QueueId>>> {
    match given {
        MaybeUndefined::Undefined => Ok(None),
        MaybeUndefined::Null => Ok(Some(None)),
        MaybeUndefined::Value(id) => Ok(Some(Some(domain(id, "queueId")?))),
    }
}

//! What tickets like this one tell: how they were solved, by whom, and what is asked twice.
//!
//! All of it comes from one batch a page, of tickets that the caller may see; nothing is counted that
//! they may not. Customers get nothing.

use async_graphql::{Context, Object, SimpleObject};
use deskwire_domain::canned_replies::suggest;
use deskwire_domain::error::Error;
use deskwire_domain::similar::rules::{self, Vote};
use deskwire_domain::similar::{self as domain};
use deskwire_domain::{queues, tickets};
use futures::future::{join_all, try_join_all};
use std::collections::HashMap;
use std::sync::Arc;

use crate::graphql::canned_replies::{CannedReply, SuggestedReply, SuggestedReplyReason, rendered};
use crate::graphql::context::ContextExt;
use crate::graphql::error::ApiResult;
use crate::graphql::loaders::{
    FirstMessageOf, MembersOf, SimilarTo, SolutionOf, UsableReplies, UsesOn,
};
use crate::graphql::messages::object::Message;
use crate::graphql::plain::Plain;
use crate::graphql::queues::Queue;
use crate::graphql::tickets::object::Ticket;
use crate::graphql::users::object::User;

/// Most similar tickets one field names.
pub const SIMILAR_MAX: i32 = 20;
/// Most duplicates named.
const DUPLICATES_MAX: usize = 10;

/// [`domain::Similar`] as clients see it.
pub struct SimilarTicket(domain::Similar);

/// A ticket that has much in common with another one.
#[Object]
impl SimilarTicket {
    /// The similar ticket.
    async fn ticket(&self) -> Plain<Ticket> {
        Plain(Ticket(self.0.ticket.clone()))
    }

    /// How much the words of the two have in common, rare ones more than usual ones: 0 nothing, 1 the
    /// same words.
    async fn score(&self) -> f64 {
        self.0.score
    }

    /// How it was solved: the last public reply of staff before it was. Null while it is not solved, and
    /// where nobody replied.
    async fn solution(&self, ctx: &Context<'_>) -> ApiResult<Option<Plain<Message>>> {
        if self.0.ticket.solved_at.is_none() {
            return Ok(None);
        }
        let found = ctx.batches()?.load_one(SolutionOf(self.0.ticket.id)).await?;
        Ok(found.map(|message| Plain(Message(message))))
    }
}

/// Who solved tickets like this one.
#[derive(SimpleObject)]
pub struct SuggestedAssignee {
    /// Active, and may work in the ticket's queue.
    user: Plain<User>,
    /// Their part of the similar solved tickets that somebody was assigned to, weighted by how similar
    /// they are, 0 to 1.
    share: f64,
    /// Similar tickets they solved; at least two.
    support: u32,
}

/// Where tickets like this one were solved.
#[derive(SimpleObject)]
pub struct SuggestedQueue {
    /// May be the one the ticket is in.
    queue: Queue,
    /// Its part of the similar solved tickets, weighted by how similar they are, 0 to 1.
    share: f64,
    /// Similar tickets that were solved there; at least two.
    support: u32,
}

/// What a ticket is like, as far as the caller may see it.
async fn similar(
    ctx: &Context<'_>,
    ticket: &tickets::Ticket,
) -> ApiResult<Arc<Vec<domain::Similar>>> {
    if !ctx.is_staff() {
        return Ok(Arc::default());
    }
    Ok(ctx.batches()?.load_one(SimilarTo(ticket.id)).await?.unwrap_or_default())
}

/// Behind `Ticket.similarSolved`.
pub async fn solved(
    ctx: &Context<'_>,
    ticket: &tickets::Ticket,
    first: i32,
) -> ApiResult<Vec<SimilarTicket>> {
    let wanted = usize::try_from(first).ok().filter(|_| (1..=SIMILAR_MAX).contains(&first));
    let wanted = wanted.ok_or_else(|| {
        Error::invalid("first", format!("must be 1 to {SIMILAR_MAX}, got {first}"))
    })?;
    let found = similar(ctx, ticket).await?;
    Ok(rules::solved(&found).take(wanted).cloned().map(SimilarTicket).collect())
}

/// Behind `Ticket.probableDuplicates`.
pub async fn duplicates(
    ctx: &Context<'_>,
    ticket: &tickets::Ticket,
) -> ApiResult<Vec<SimilarTicket>> {
    let found = similar(ctx, ticket).await?;
    let duplicates = rules::duplicates(ticket, &found).take(DUPLICATES_MAX);
    Ok(duplicates.cloned().map(SimilarTicket).collect())
}

/// Behind `Ticket.suggestedAssignee`.
pub async fn assignee(
    ctx: &Context<'_>,
    ticket: &tickets::Ticket,
) -> ApiResult<Option<SuggestedAssignee>> {
    let votes = rules::votes(&similar(ctx, ticket).await?, |known| known.assignee_id);
    if votes.is_empty() {
        return Ok(None);
    }
    let members = ctx.batches()?.load_one(MembersOf(ticket.queue_id)).await?.unwrap_or_default();
    let users = votes.iter().map(|vote| User::load_optional(ctx, Some(vote.choice)));
    for (Vote { share, support, .. }, user) in votes.iter().zip(join_all(users).await) {
        let Some(User(user)) = user? else { continue };
        let is_member = |member: &&queues::Membership| member.user_id == user.id;
        let right = members.iter().find(is_member).map(|member| member.right);
        if rules::may_take(&user, right) {
            let user = Plain(User(user));
            return Ok(Some(SuggestedAssignee { user, share: *share, support: *support }));
        }
    }
    Ok(None)
}

/// Behind `Ticket.suggestedQueue`.
pub async fn queue(
    ctx: &Context<'_>,
    ticket: &tickets::Ticket,
) -> ApiResult<Option<SuggestedQueue>> {
    let votes = rules::votes(&similar(ctx, ticket).await?, |known| Some(known.queue_id));
    let Some(Vote { choice, share, support }) = votes.first().copied() else { return Ok(None) };
    let found = ctx.batches()?.load_one(choice).await?;
    Ok(found.map(|queue| SuggestedQueue { queue: Queue(queue), share, support }))
}

/// Behind `Ticket.suggestedReply`.
pub async fn reply(
    ctx: &Context<'_>,
    ticket: &tickets::Ticket,
) -> ApiResult<Option<SuggestedReply>> {
    if !ctx.is_staff() {
        return Ok(None);
    }
    let batches = ctx.batches()?;
    // At once, so that similar tickets are read in the batch of the other fields.
    let read = futures::join!(batches.load_one(UsableReplies), similar(ctx, ticket));
    let (replies, found) = (read.0?.unwrap_or_default(), read.1?);
    if !replies.iter().any(|reply| reply.fits(ticket.queue_id)) {
        return Ok(None);
    }
    let uses = rules::solved(&found).take(suggest::TICKETS_MAX).map(async |known| {
        let id = known.ticket.id;
        ApiResult::Ok((id, batches.load_one(UsesOn(id)).await?.unwrap_or_default()))
    });
    let uses: HashMap<_, _> = try_join_all(uses).await?.into_iter().collect();
    let (fit, reason) = match suggest::most_used(ticket.queue_id, &found, &uses, &replies) {
        Some(fit) => (Some(fit), SuggestedReplyReason::SimilarTickets),
        None => {
            let body = batches.load_one(FirstMessageOf(ticket.id)).await?.unwrap_or_default();
            let text = format!("{}\n{body}", ticket.subject);
            (suggest::closest(ticket.queue_id, &text, &replies), SuggestedReplyReason::Text)
        }
    };
    let Some((reply, score)) = fit else { return Ok(None) };
    let body = rendered(ctx, reply, ticket).await?;
    Ok(Some(SuggestedReply { canned_reply: CannedReply(reply.clone()), score, reason, body }))
}

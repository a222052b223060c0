//! Replying and leaving notes.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use deskwire_domain::error::Result;
use deskwire_domain::ids::{CannedReplyId, TicketId, UserId};
use deskwire_domain::messages::{self, MessageDraft};
use deskwire_domain::tickets;

use super::object::Message;
use crate::graphql::context::ContextExt;
use crate::graphql::error::{ApiResult, UserError, mendable};
use crate::graphql::ids::{domain, domain_all, try_domain};
use crate::graphql::plain::Plain;
use crate::graphql::scalars::Cursor;
use crate::graphql::tickets::mutation::channel;
use crate::graphql::tickets::object::{Ticket, TicketStatus};
use crate::graphql::tickets::payload::present;

/// A message to be added to a ticket.
#[derive(InputObject)]
struct AddMessageInput {
    /// The ticket.
    ticket_id: ID,
    /// Plain text, at most 256 KiB.
    body: String,
    /// The same as HTML; sanitised before it is stored.
    body_html: Option<String>,
    /// Status after the message. If not given, staff leave it as it is and a customer's reply opens
    /// the ticket again.
    status: Option<TicketStatus>,
    /// 1 to 100 characters. A repeated request with the same key adds nothing and returns the first
    /// one's message.
    idempotency_key: Option<String>,
    /// The canned reply it was made from, which then counts for `Ticket.suggestedReply`. Only for public
    /// replies of staff; one that is in use and is for the ticket's queue.
    canned_reply_id: Option<ID>,
    /// Colleagues whom the message calls to the ticket, at most 20: active agents who may see it. They get a
    /// notification of kind MENTIONED. The text says it in its own words, such as `@Ada`; the desk does not
    /// look for names in it. Staff only.
    #[graphql(default)]
    mention_ids: Vec<ID>,
}

/// Outcome of adding a message.
#[derive(SimpleObject)]
struct MessagePayload {
    /// The message. Null with errors.
    message: Option<Plain<Message>>,
    /// The ticket after the message; with errors, as it is now.
    ticket: Option<Plain<Ticket>>,
    /// What the caller can mend. Empty when the message was added.
    errors: Vec<UserError>,
    /// Where the change stands in the event log. Null with errors.
    cursor: Option<Cursor>,
}

#[derive(Default)]
pub struct MessageMutation;

#[Object]
impl MessageMutation {
    /// Adds a public reply. Staff with the right to reply, and the requester. Scope `tickets:write`.
    async fn add_reply(
        &self,
        ctx: &Context<'_>,
        input: AddMessageInput,
    ) -> ApiResult<MessagePayload> {
        let (actor, id) = (ctx.actor()?, try_domain(&input.ticket_id));
        let outcome = match draft(ctx, input)? {
            Ok(draft) => messages::reply(&mut *ctx.conn().await?, actor, draft).await,
            Err(error) => Err(error),
        };
        payload(ctx, id, outcome).await
    }

    /// Adds an internal note, which customers never see. Staff with the right to reply. Scope
    /// `tickets:write`.
    async fn add_note(
        &self,
        ctx: &Context<'_>,
        input: AddMessageInput,
    ) -> ApiResult<MessagePayload> {
        let (actor, id) = (ctx.actor()?, try_domain(&input.ticket_id));
        let outcome = match draft(ctx, input)? {
            Ok(draft) => messages::note(&mut *ctx.conn().await?, actor, draft).await,
            Err(error) => Err(error),
        };
        payload(ctx, id, outcome).await
    }
}

fn draft(ctx: &Context<'_>, input: AddMessageInput) -> ApiResult<Result<MessageDraft>> {
    let channel = channel(ctx)?;
    let canned_reply: Result<Option<CannedReplyId>> =
        input.canned_reply_id.map(|id| domain(&id, "cannedReplyId")).transpose();
    let mentions: Result<Vec<UserId>> = domain_all(&input.mention_ids, "mentionIds");
    let ids = domain(&input.ticket_id, "ticketId");
    let ids = ids.and_then(|id| Ok((id, canned_reply?, mentions?)));
    Ok(ids.map(|(ticket_id, canned_reply_id, mentions)| MessageDraft {
        ticket_id,
        body: input.body,
        body_html: input.body_html,
        channel,
        status: input.status.map(Into::into),
        idempotency_key: input.idempotency_key,
        canned_reply_id,
        mentions,
    }))
}

async fn payload(
    ctx: &Context<'_>,
    id: Option<TicketId>,
    outcome: Result<(tickets::Ticket, messages::Message)>,
) -> ApiResult<MessagePayload> {
    Ok(match mendable(outcome)? {
        Ok((ticket, message)) => MessagePayload {
            message: Some(Plain(Message(message))),
            ticket: Some(Plain(Ticket(ticket))),
            errors: Vec::new(),
            cursor: ctx.settle().await,
        },
        Err(errors) => {
            // Verbs call the ticket `id`; here the input's field has another name.
            let errors = errors.into_iter().map(|error| error.renamed("id", "ticketId")).collect();
            MessagePayload { message: None, ticket: present(ctx, id).await?, errors, cursor: None }
        }
    })
}

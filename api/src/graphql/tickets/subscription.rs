//! Live queues and live tickets.

use async_graphql::{Context, Enum, ID, SimpleObject, Subscription};
use deskwire_domain::tickets::{
    self, QueueStream, QueueUpdateKind as Kind, TicketStream, find_visible,
};
use futures::Stream;
use futures::stream::unfold;

use super::filter::TicketFilterInput;
use super::object::Ticket;
use crate::graphql::context::ContextExt;
use crate::graphql::error::{ApiError, ApiResult};
use crate::graphql::events::Event;
use crate::graphql::ids::domain;
use crate::graphql::messages::object::Message;
use crate::graphql::scalars::Cursor;
use crate::graphql::suggestions::object::Suggestion;

/// What a step does to the subscriber's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum QueueUpdateKind {
    /// The ticket is in the list now and was not before.
    Enter,
    /// The ticket was in the list and still is.
    Update,
    /// The ticket was in the list and is not any more.
    Leave,
    /// What happened before is unknown, because the cursor given as `after` is not of this desk's
    /// log or lies after its end, or other tickets are visible now, because the caller's rights on
    /// queues changed. Read the list anew; updates go on from `cursor`.
    Resync,
}

impl From<Kind> for QueueUpdateKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Enter => Self::Enter,
            Kind::Update => Self::Update,
            Kind::Leave => Self::Leave,
            Kind::Resync => Self::Resync,
        }
    }
}

/// One step of a live queue, in log order, each exactly once.
#[derive(SimpleObject)]
pub struct QueueUpdate {
    /// What it does to the list.
    kind: QueueUpdateKind,
    /// Where the stream stands after this step; give the last one back as `after` to resume.
    cursor: Cursor,
    /// The ticket as it was right after the event. Null for RESYNC, and for LEAVE.
    ticket: Option<Ticket>,
    /// What happened. Null for RESYNC, and for LEAVE.
    event: Option<Event>,
    /// The suggestion the event is about. Null for other events, and for customers.
    suggestion: Option<Suggestion>,
    /// Tickets in the list after this step. Null unless the operation asks for it.
    total_count: Option<u64>,
}

/// One step of a live ticket, in log order, each exactly once.
#[derive(SimpleObject)]
pub struct TicketUpdate {
    /// Where the stream stands after this step; give the last one back as `after` to resume.
    cursor: Cursor,
    /// True: the cursor given as `after` is not of this desk's log; read the ticket anew.
    resync: bool,
    /// The ticket as it was right after the event. Null for a resync.
    ticket: Option<Ticket>,
    /// What happened. Null for a resync.
    event: Option<Event>,
    /// The message the event is about. Null for other events.
    message: Option<Message>,
    /// The suggestion the event is about. Null for other events, and for customers.
    suggestion: Option<Suggestion>,
}

/// Everything that can be subscribed to.
#[derive(Default)]
pub struct TicketSubscription;

/// Live updates, over the `graphql-transport-ws` protocol at the same path as the graph.
#[Subscription]
impl TicketSubscription {
    /// Every change to the list of tickets that the filter admits and the caller may see: ENTER,
    /// UPDATE and LEAVE, evaluated on the server. With `after`, everything since that cursor first,
    /// without gap or repetition; without it, from now on. Ends when the session or token does.
    /// Scope `tickets:read`.
    async fn queue_updates<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "All tickets the caller may see if not given; `text` is refused.")]
        filter: Option<TicketFilterInput>,
        #[graphql(desc = "Cursor to continue from; from now on if not given.")] after: Option<
            Cursor,
        >,
    ) -> Result<impl Stream<Item = ApiResult<QueueUpdate>> + 'ctx, ApiError> {
        let filter = filter.unwrap_or_default().check(ctx.actor()?)?;
        let actor = ctx.actor()?.clone();
        let with_count = ctx.look_ahead().field("totalCount").exists();
        let after = after.map(|cursor| cursor.0);
        let desk = ctx.desk();
        let stream = QueueStream::open(desk, actor, filter, after, with_count).await?;
        let ctx = ctx.clone();
        Ok(unfold((stream, ctx), |(mut stream, ctx)| async move {
            let step = stream.next().await?;
            Some((queue_update(&ctx, step).await, (stream, ctx)))
        }))
    }

    /// Everything that happens to one ticket, in order: changes, replies, and for staff notes and
    /// suggestions. Ends when the ticket becomes invisible to the caller. Scope `tickets:read`.
    async fn ticket_updates<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "The ticket.")] id: ID,
        #[graphql(desc = "Cursor to continue from; from now on if not given.")] after: Option<
            Cursor,
        >,
    ) -> Result<impl Stream<Item = ApiResult<TicketUpdate>> + 'ctx, ApiError> {
        let id = domain(&id, "id")?;
        let actor = ctx.actor()?.clone();
        find_visible(&mut *ctx.conn().await?, &actor, id).await?;
        let after = after.map(|cursor| cursor.0);
        let stream = TicketStream::open(ctx.desk(), actor, id, after).await?;
        let ctx = ctx.clone();
        Ok(unfold((stream, ctx), |(mut stream, ctx)| async move {
            let step = stream.next().await?;
            Some((ticket_update(&ctx, step).await, (stream, ctx)))
        }))
    }
}

async fn queue_update(ctx: &Context<'_>, step: tickets::QueueUpdate) -> ApiResult<QueueUpdate> {
    // A ticket that left may be invisible now; its new state is then nobody's business here.
    let shown = step.event.as_ref().filter(|_| step.kind != Kind::Leave);
    let suggestion = match shown.and_then(|event| event.payload.suggestion.as_ref()) {
        Some(about) => Suggestion::load(ctx, about.id).await?,
        None => None,
    };
    Ok(QueueUpdate {
        kind: step.kind.into(),
        cursor: Cursor(step.cursor),
        ticket: shown.and_then(|event| ticket_of(event)),
        event: shown.map(|event| Event::from((**event).clone())),
        suggestion,
        total_count: step.total_count,
    })
}

async fn ticket_update(ctx: &Context<'_>, step: tickets::TicketUpdate) -> ApiResult<TicketUpdate> {
    let event = step.event.as_deref();
    let about_message = event.and_then(|event| event.payload.message.as_ref());
    let about_suggestion = event.and_then(|event| event.payload.suggestion.as_ref());
    Ok(TicketUpdate {
        cursor: Cursor(step.cursor),
        resync: event.is_none(),
        ticket: event.and_then(ticket_of),
        message: match about_message {
            Some(about) => Message::load(ctx, about.id).await?,
            None => None,
        },
        suggestion: match about_suggestion {
            Some(about) => Suggestion::load(ctx, about.id).await?,
            None => None,
        },
        event: event.cloned().map(Event::from),
    })
}

fn ticket_of(event: &deskwire_domain::events::LogEvent) -> Option<Ticket> {
    event.payload.ticket.as_ref().map(|snapshot| Ticket(snapshot.ticket.clone()))
}

//! Live queues and live tickets.

use async_graphql::{Context, Enum, ID, Object, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use deskwire_domain::tickets::{
    self, QueueStream, QueueUpdateKind as Kind, QueueView, SharedQueue, SharedTicket, TicketStream,
    TicketView, find_visible,
};
use futures::future::Either;
use futures::stream::{Stream, StreamExt, unfold};

use super::filter::TicketFilterInput;
use super::object::Ticket;
use crate::graphql::context::ContextExt;
use crate::graphql::error::{ApiError, ApiResult};
use crate::graphql::events::Event;
use crate::graphql::ids::{domain, public};
use crate::graphql::live::run;
use crate::graphql::messages::object::Message;
use crate::graphql::plain::Plain;
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
    /// What happened before is unknown: the cursor given as `after` is not of this desk's log, older
    /// than the part of the log that is kept, or later than its end; the caller's role has changed
    /// since; or a change of the caller's rights concerns more than 1000 tickets. Read the list anew;
    /// updates go on from `cursor`.
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
    /// Id of the ticket that entered, changed or left. Null for RESYNC.
    ticket_id: Option<ID>,
    /// The ticket as it was right after the event. Null for RESYNC, and for LEAVE.
    ticket: Option<Plain<Ticket>>,
    /// What happened. Null for RESYNC, for LEAVE, and where a ticket entered because the caller's
    /// rights changed.
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
    /// True: the cursor given as `after` is not of this desk's log, or of a part that is not kept any
    /// more; read the ticket anew.
    resync: bool,
    /// The ticket as it was right after the event. Null for a resync.
    ticket: Option<Plain<Ticket>>,
    /// What happened. Null for a resync.
    event: Option<Event>,
    /// The message the event is about. Null for other events.
    message: Option<Message>,
    /// The suggestion the event is about. Null for other events, and for customers.
    suggestion: Option<Suggestion>,
}

/// A sign of life that came the whole way of an update: database, numbering, announcement, this
/// connection.
#[derive(SimpleObject)]
pub struct Heartbeat {
    /// When it was made, in UTC.
    at: DateTime<Utc>,
    /// Milliseconds since this process received it. While it is small, nothing committed is held up;
    /// the desk makes about one a second.
    age_ms: u64,
    /// End of the log when it was received.
    cursor: Cursor,
}

impl From<deskwire_domain::events::Heartbeat> for Heartbeat {
    fn from(beat: deskwire_domain::events::Heartbeat) -> Self {
        Self {
            at: beat.at.as_utc(),
            age_ms: beat.age().as_millis().try_into().unwrap_or(u64::MAX),
            cursor: Cursor(beat.cursor),
        }
    }
}

#[derive(Default)]
pub struct HeartbeatQuery;

#[Object]
impl HeartbeatQuery {
    /// The newest heartbeat; null for the first second of a process. An old one says that live updates
    /// are stalled although connections are open. Whoever is signed in.
    async fn heartbeat(&self, ctx: &Context<'_>) -> ApiResult<Option<Heartbeat>> {
        ctx.actor()?;
        Ok(ctx.desk().hub.heartbeat().map(Heartbeat::from))
    }
}

/// Everything that can be subscribed to.
#[derive(Default)]
pub struct TicketSubscription;

#[Subscription]
impl TicketSubscription {
    /// Every change to the list of tickets that the filter admits and the caller may see: ENTER,
    /// UPDATE and LEAVE, evaluated on the server. With `after`, everything since that cursor first,
    /// without gap or repetition; without it, from now on. A change of the caller's rights on queues
    /// takes effect within a second: tickets that became invisible LEAVE, others ENTER. With `text`,
    /// the words are judged as the list judges them. Scope `tickets:read`.
    async fn queue_updates<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "All tickets the caller may see if not given.")] filter: Option<
            TicketFilterInput,
        >,
        #[graphql(desc = "Cursor to continue from; from now on if not given.")] after: Option<
            Cursor,
        >,
    ) -> Result<impl Stream<Item = ApiResult<QueueUpdate>> + 'ctx, ApiError> {
        let filter = filter.unwrap_or_default().check(ctx.actor()?)?;
        let actor = ctx.actor()?.clone();
        let with_count = ctx.look_ahead().field("totalCount").exists();
        let (desk, run) = (ctx.desk(), run(ctx, after));
        let steps = if run.is_shared() {
            let view = QueueView::new(actor, filter)?;
            let exchange = desk.exchange().await?;
            let queue = SharedQueue::open(exchange, &desk.pool, view, with_count).await?;
            run.begin(queue.began(), queue.progress());
            Either::Left(unfold(queue, |mut queue| async { Some((queue.next().await?, queue)) }))
        } else {
            let queue = QueueStream::open(desk, actor, filter, run.after, with_count).await?;
            run.follow(queue.passed());
            Either::Right(unfold(queue, |mut queue| async { Some((queue.next().await?, queue)) }))
        };
        let ctx = ctx.clone();
        Ok(steps.then(move |step: tickets::QueueUpdate| {
            run.stand_at(step.cursor.position, step.since);
            let ctx = ctx.clone();
            async move { queue_update(&ctx, step).await }
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
        let (desk, run) = (ctx.desk(), run(ctx, after));
        let steps = if run.is_shared() {
            let exchange = desk.exchange().await?;
            let ticket = SharedTicket::open(exchange, TicketView::new(actor.clone(), id)?);
            find_visible(&mut *ctx.conn().await?, &actor, id).await?;
            run.begin(ticket.began(), ticket.progress());
            Either::Left(unfold(ticket, |mut ticket| async {
                Some((ticket.next().await?, ticket))
            }))
        } else {
            find_visible(&mut *ctx.conn().await?, &actor, id).await?;
            let ticket = TicketStream::open(desk, actor, id, run.after).await?;
            run.follow(ticket.passed());
            Either::Right(unfold(ticket, |mut ticket| async {
                Some((ticket.next().await?, ticket))
            }))
        };
        let ctx = ctx.clone();
        Ok(steps.then(move |step: tickets::TicketUpdate| {
            run.stand_at(step.cursor.position, step.since);
            let ctx = ctx.clone();
            async move { ticket_update(&ctx, step).await }
        }))
    }

    /// A sign of life about every second, which came the whole way of an update. A client that waits
    /// for one in vain is connected, but not live. Whoever is signed in.
    async fn heartbeats<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "Seconds between two of them, 1 to 60; 5 if not given.")] every: Option<
            i32,
        >,
    ) -> Result<impl Stream<Item = ApiResult<Heartbeat>> + 'ctx, ApiError> {
        ctx.actor()?;
        let every = every.unwrap_or(5);
        if !(1..=60).contains(&every) {
            let why = format!("must be 1 to 60 seconds, got {every}");
            return Err(deskwire_domain::Error::invalid("every", why).into());
        }
        let beats = ctx.desk().hub.heartbeats();
        Ok(unfold(beats, move |mut beats| async move {
            let mut skip = every - 1;
            loop {
                beats.changed().await.ok()?;
                let beat = *beats.borrow_and_update();
                match beat {
                    Some(beat) if skip == 0 => return Some((Ok(beat.into()), beats)),
                    Some(_) => skip -= 1,
                    None => {}
                }
            }
        }))
    }
}

async fn queue_update(ctx: &Context<'_>, step: tickets::QueueUpdate) -> ApiResult<QueueUpdate> {
    let about = step.event.as_ref().and_then(|event| event.payload.suggestion.as_ref());
    let suggestion = match about.filter(|_| ctx.look_ahead().field("suggestion").exists()) {
        Some(about) => Suggestion::load(ctx, about.id).await?,
        None => None,
    };
    Ok(QueueUpdate {
        kind: step.kind.into(),
        cursor: Cursor(step.cursor),
        ticket_id: step.ticket_id.map(public),
        ticket: step.ticket.map(|ticket| Plain(Ticket(ticket))),
        event: step.event.map(|event| Event::from((*event).clone())),
        suggestion,
        total_count: step.total_count,
    })
}

async fn ticket_update(ctx: &Context<'_>, step: tickets::TicketUpdate) -> ApiResult<TicketUpdate> {
    let event = step.event.as_deref();
    let asks_for = |field| ctx.look_ahead().field(field).exists();
    let about_message = event.and_then(|event| event.payload.message.as_ref());
    let about_suggestion = event.and_then(|event| event.payload.suggestion.as_ref());
    Ok(TicketUpdate {
        cursor: Cursor(step.cursor),
        resync: event.is_none(),
        ticket: event.and_then(ticket_of),
        message: match about_message.filter(|_| asks_for("message")) {
            Some(about) => Message::load(ctx, about.id).await?,
            None => None,
        },
        suggestion: match about_suggestion.filter(|_| asks_for("suggestion")) {
            Some(about) => Suggestion::load(ctx, about.id).await?,
            None => None,
        },
        event: event.cloned().map(Event::from),
    })
}

fn ticket_of(event: &deskwire_domain::events::LogEvent) -> Option<Plain<Ticket>> {
    event.payload.ticket.as_ref().map(|snapshot| Plain(Ticket(snapshot.ticket.clone())))
}

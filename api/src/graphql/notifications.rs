//! Notifications in the graph.

use async_graphql::connection::EmptyFields;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use deskwire_domain::error::{Error, Result};
use deskwire_domain::ids::{RolloutStepId, TicketId};
use deskwire_domain::notifications::{self, NotificationStream, SharedNotifications, Which};
use futures::future::Either;
use futures::stream::{Stream, StreamExt, unfold};

use super::connection::{Rows, connection, list_cost, page_request};
use super::context::ContextExt;
use super::error::{ApiError, ApiResult, UserError, mendable};
use super::ids::{domain_all, public};
use super::live;
use super::messages::object::Message;
use super::plain::Plain;
use super::scalars::Cursor;
use super::tickets::object::Ticket;
use super::users::object::User;

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::notifications::NotificationKind")]
pub enum NotificationKind {
    /// The desk took a model version back; `subjectId` is the step in the rollout's history. For admins.
    ModelRolledBack,
    /// `actor` gave the caller `ticket`. Null actor: the desk did.
    TicketAssigned,
    /// `actor` called the caller to `ticket` in `message`, a note or a reply.
    Mentioned,
    /// `actor`, the requester or a colleague, replied on `ticket`, which is the caller's; `message` says
    /// what. Who is mentioned in it gets MENTIONED instead.
    TicketReplied,
}

/// [`notifications::Notification`] as clients see it.
pub struct Notification(pub notifications::Notification);

/// Something the desk tells the caller, and nobody else. Never about what the caller did.
#[Object]
impl Notification {
    /// Global id.
    pub async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// What it is about.
    async fn kind(&self) -> NotificationKind {
        self.0.kind.into()
    }

    /// Id of the record it is about; `kind` says of which noun.
    async fn subject_id(&self) -> ID {
        match self.0.kind {
            notifications::NotificationKind::ModelRolledBack => {
                public(RolloutStepId::from(self.0.subject_id))
            }
            notifications::NotificationKind::TicketAssigned
            | notifications::NotificationKind::Mentioned
            | notifications::NotificationKind::TicketReplied => {
                public(TicketId::from(self.0.subject_id))
            }
        }
    }

    /// The ticket it is about. Null for other kinds, and when the caller may not see the ticket any more.
    async fn ticket(&self, ctx: &Context<'_>) -> ApiResult<Option<Plain<Ticket>>> {
        match self.0.ticket_id() {
            Some(id) => Ok(Ticket::load(ctx, id).await?.map(Plain)),
            None => Ok(None),
        }
    }

    /// The message it is about. Null for other kinds, and when the caller may not read it any more.
    async fn message(&self, ctx: &Context<'_>) -> ApiResult<Option<Plain<Message>>> {
        match self.0.message_id {
            Some(id) => Ok(Message::load(ctx, id).await?.map(Plain)),
            None => Ok(None),
        }
    }

    /// Who caused it. Null for the desk itself.
    async fn actor(&self, ctx: &Context<'_>) -> ApiResult<Option<Plain<User>>> {
        Ok(User::load_optional(ctx, self.0.actor_id).await?.map(Plain))
    }

    /// The same in a sentence, in English. It says nothing of what a ticket is about.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// When it was written, in UTC.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.as_utc()
    }

    /// When the caller marked it as read, in UTC. Null while it is unread.
    async fn read_at(&self) -> Option<DateTime<Utc>> {
        self.0.read_at.map(|at| at.as_utc())
    }
}

#[derive(Default)]
pub struct NotificationQuery;

#[Object]
impl NotificationQuery {
    /// The caller's own notifications, newest first; read ones are forgotten 90 days after they were written.
    /// Scope `tickets:read`.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows wanted, 1 to 100; 25 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the row before the first wanted one.")] after: Option<String>,
        #[graphql(default, desc = "Only those the caller has not read.")] unread_only: bool,
    ) -> ApiResult<Rows<Notification>> {
        let (request, actor) = (page_request(first, after)?, ctx.actor()?);
        let mut conn = ctx.conn().await?;
        let page = notifications::list(&mut conn, actor, unread_only, &request).await?;
        Ok(connection(&request, page, EmptyFields, |row: notifications::Notification| {
            (row.cursor(), Notification(row))
        }))
    }

    /// How many of the caller's own notifications are unread. Scope `tickets:read`.
    async fn unread_notification_count(&self, ctx: &Context<'_>) -> ApiResult<u64> {
        Ok(notifications::count_unread(&mut *ctx.conn().await?, ctx.actor()?).await?)
    }
}

/// One step of the caller's live notifications, in log order, each exactly once.
#[derive(SimpleObject)]
pub struct NotificationUpdate {
    /// Where the stream stands after this step; give the last one back as `after` to resume.
    cursor: Cursor,
    /// True: the cursor given as `after` is not of this desk's log, or of a part that is not kept any more;
    /// read the list anew.
    resync: bool,
    /// The new notification. Null for a resync.
    notification: Option<Notification>,
    /// How many of the caller's own are unread now.
    unread_count: u64,
}

#[derive(Default)]
pub struct NotificationSubscription;

#[Subscription]
impl NotificationSubscription {
    /// The caller's own notifications as they are written; with `after`, those written since first. Marking
    /// them as read is no step. Scope `tickets:read`.
    async fn notification_updates<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "Cursor to continue from; from now on if not given.")] after: Option<
            Cursor,
        >,
    ) -> Result<impl Stream<Item = ApiResult<NotificationUpdate>> + 'ctx, ApiError> {
        let (desk, actor, run) = (ctx.desk(), ctx.actor()?, live::run(ctx, after));
        let steps = if run.is_shared() {
            let own = SharedNotifications::open(desk.exchange().await?, actor)?;
            run.begin(own.began(), own.progress());
            Either::Left(unfold(own, |mut own| async { Some((own.next().await?, own)) }))
        } else {
            let own = NotificationStream::open(desk, actor, run.after).await?;
            run.follow(own.passed());
            Either::Right(unfold(own, |mut own| async { Some((own.next().await?, own)) }))
        };
        let ctx = ctx.clone();
        Ok(steps.then(move |step: notifications::NotificationUpdate| {
            run.stand_at(step.cursor.position, step.since);
            let ctx = ctx.clone();
            async move { update(&ctx, step).await }
        }))
    }
}

async fn update(
    ctx: &Context<'_>,
    step: notifications::NotificationUpdate,
) -> ApiResult<NotificationUpdate> {
    let notification = match step.id {
        Some(id) => ctx.batches()?.load_one(id).await?.map(Notification),
        None => None,
    };
    let unread_count = notifications::count_unread(&mut *ctx.conn().await?, ctx.actor()?).await?;
    let (cursor, resync) = (Cursor(step.cursor), step.id.is_none());
    Ok(NotificationUpdate { cursor, resync, notification, unread_count })
}

/// Notifications to mark as read: either some or all.
#[derive(InputObject)]
struct MarkNotificationsReadInput {
    /// 1 to 100 of the caller's own.
    ids: Option<Vec<ID>>,
    /// True: all of the caller's own.
    all: Option<bool>,
}

impl MarkNotificationsReadInput {
    fn which(&self) -> Result<Which> {
        match (&self.ids, self.all.unwrap_or(false)) {
            (Some(ids), false) => domain_all(ids, "ids").map(Which::These),
            (None, true) => Ok(Which::All),
            _ => Err(Error::invalid("ids", "give either ids or all")),
        }
    }
}

/// Outcome of marking notifications as read.
#[derive(SimpleObject)]
struct MarkNotificationsReadPayload {
    /// How many of the caller's own are unread now.
    unread_count: u64,
    /// What the caller can mend. Empty when they were marked.
    errors: Vec<UserError>,
}

#[derive(Default)]
pub struct NotificationMutation;

#[Object]
impl NotificationMutation {
    /// Marks the caller's own notifications as read. Scope `tickets:read`.
    async fn mark_notifications_read(
        &self,
        ctx: &Context<'_>,
        input: MarkNotificationsReadInput,
    ) -> ApiResult<MarkNotificationsReadPayload> {
        let actor = ctx.actor()?;
        let mut conn = ctx.conn().await?;
        let outcome = match input.which() {
            Ok(which) => notifications::mark_read(&mut conn, actor, which).await,
            Err(error) => Err(error),
        };
        let errors = mendable(outcome)?.err().unwrap_or_default();
        let unread_count = notifications::count_unread(&mut conn, actor).await?;
        Ok(MarkNotificationsReadPayload { unread_count, errors })
    }
}

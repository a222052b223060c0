//! Notifications in the graph.

use async_graphql::connection::EmptyFields;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use deskwire_domain::error::{Error, Result};
use deskwire_domain::ids::RolloutStepId;
use deskwire_domain::notifications::{self, Which};

use super::connection::{Rows, connection, list_cost, page_request};
use super::context::ContextExt;
use super::error::{ApiResult, UserError, mendable};
use super::ids::{domain_all, public};

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::notifications::NotificationKind")]
pub enum NotificationKind {
    /// The desk took a model version back; `subjectId` is the step in the rollout's history. For admins.
    ModelRolledBack,
}

/// [`notifications::Notification`] as clients see it.
pub struct Notification(pub notifications::Notification);

/// Something the desk tells the caller, and nobody else.
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
        }
    }

    /// The same in a sentence, in English.
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

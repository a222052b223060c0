//! Changing and retiring a canned reply.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::CannedReply;
use super::create::{append_event, explain};
use super::policy::{can_see, require_keeper, require_manage};
use super::rules::{check_body, check_name};
use crate::actor::Scope;
use crate::db::schema::canned_replies;
use crate::error::{Error, FieldErrors, Result};
use crate::ids::{CannedReplyId, QueueId};
use crate::{Actor, Conn, Timestamp};

/// Fields to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct CannedReplyChange {
    pub name: Option<String>,
    pub body: Option<String>,
    /// `Some(None)`: for all queues.
    pub queue_id: Option<Option<QueueId>>,
    /// False retires the reply, true revives it.
    pub active: Option<bool>,
}

#[derive(AsChangeset)]
#[diesel(table_name = canned_replies)]
struct Changeset {
    name: Option<String>,
    body: Option<String>,
    queue_id: Option<Option<QueueId>>,
    active: Option<bool>,
    updated_at: Timestamp,
}

/// Changes a reply. Who may manage its queue, and the one it is moved to; admins those for all queues.
///
/// # Errors
/// As [`super::create`], and [`Error::NotFound`] for missing and invisible replies.
pub async fn update(
    conn: &mut Conn,
    actor: &Actor,
    id: CannedReplyId,
    change: CannedReplyChange,
) -> Result<CannedReply> {
    let what = match change.active {
        Some(false) => "retired",
        _ => "changed",
    };
    actor.require_staff(Scope::Admin)?;
    let mut errors = FieldErrors::default();
    let name = change.name.as_deref().map(|name| check_name(&mut errors, name));
    let body = change.body.as_deref().map(|body| check_body(&mut errors, body));
    let now = Timestamp::now();
    conn.transaction(async |conn| {
        let of_id = CannedReply::query().filter(canned_replies::id.eq(id)).for_update();
        let found: Option<CannedReply> = of_id.first(conn).await.optional()?;
        let before = found
            .filter(|reply| can_see(actor, reply))
            .ok_or_else(|| Error::not_found("canned reply", "id"))?;
        require_manage(actor, before.queue_id)?;
        if let Some(queue) = change.queue_id {
            errors.take(require_keeper(conn, actor, queue).await)?;
        }
        errors.into_result()?;
        let changeset = Changeset {
            name,
            body,
            queue_id: change.queue_id,
            active: change.active,
            updated_at: now,
        };
        let updated =
            diesel::update(canned_replies::table.find(id)).set(&changeset).execute(conn).await;
        updated.map_err(|error| explain(error, changeset.name.as_deref().unwrap_or_default()))?;
        append_event(conn, actor, id, now, what).await?;
        Ok(CannedReply::query().filter(canned_replies::id.eq(id)).first(conn).await?)
    })
    .await
}

/// Takes a reply out of use; the messages made from it keep it, and [`update`] revives it.
///
/// # Errors
/// As [`update`].
pub async fn retire(conn: &mut Conn, actor: &Actor, id: CannedReplyId) -> Result<CannedReply> {
    let change = CannedReplyChange { active: Some(false), ..Default::default() };
    update(conn, actor, id, change).await
}

//! Preparing a reply.

use diesel_async::{AsyncConnection, RunQueryDsl};

use super::CannedReply;
use super::policy::require_keeper;
use super::rules::{check_body, check_name};
use crate::db::schema::canned_replies;
use crate::db::violated_key;
use crate::error::{ConflictCode, Error, FieldErrors, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent};
use crate::ids::{CannedReplyId, QueueId};
use crate::{Actor, Conn, Timestamp};

/// A reply to be prepared.
#[derive(Debug, Clone)]
pub struct CannedReplyDraft {
    pub name: String,
    pub body: String,
    /// `None`: for all queues.
    pub queue_id: Option<QueueId>,
}

/// Prepares a reply for a queue, or for all of them. Who may manage the queue; admins for all.
///
/// # Errors
/// [`Error::Invalid`] for name, body and its placeholders, and a queue the actor does not see;
/// [`ConflictCode::AlreadyExists`] for the name; [`Error::Forbidden`].
pub async fn create(
    conn: &mut Conn,
    actor: &Actor,
    draft: CannedReplyDraft,
) -> Result<CannedReply> {
    let mut errors = FieldErrors::default();
    let name = check_name(&mut errors, &draft.name);
    let body = check_body(&mut errors, &draft.body);
    errors.take(require_keeper(conn, actor, draft.queue_id).await)?;
    errors.into_result()?;
    let now = Timestamp::now();
    let row = CannedReply {
        id: CannedReplyId::new(),
        name,
        body,
        queue_id: draft.queue_id,
        active: true,
        created_by: actor.user_id,
        created_at: now,
        updated_at: now,
    };
    conn.transaction(async |conn| {
        let inserted = diesel::insert_into(canned_replies::table).values(&row).execute(conn).await;
        inserted.map_err(|error| explain(error, &row.name))?;
        append_event(conn, actor, row.id, now, "created").await?;
        Ok(row)
    })
    .await
}

pub(super) fn explain(error: diesel::result::Error, name: &str) -> Error {
    match violated_key(&error) {
        Some("canned_replies_name") => Error::conflict(
            ConflictCode::AlreadyExists,
            "name",
            format!("there is already a canned reply named {name:?}"),
        ),
        _ => error.into(),
    }
}

pub(super) async fn append_event(
    conn: &mut Conn,
    actor: &Actor,
    id: CannedReplyId,
    at: Timestamp,
    what: &str,
) -> Result<()> {
    let payload = EventPayload { note: Some(what.into()), ..Default::default() };
    let kind = EventKind::CannedReplyChanged;
    events::append(conn, &[NewEvent::new(kind, actor, id, at, payload)]).await
}

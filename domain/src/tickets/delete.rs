//! Taking a ticket out of everybody's sight.

use diesel_async::AsyncConnection;

use super::Ticket;
use super::edit::{Edit, Needs, advance, lock};
use crate::error::{FieldErrors, Result};
use crate::events::{EventKind, EventPayload, NewEvent};
use crate::metrics::committed;
use crate::queues::QueueRight;
use crate::{Actor, Conn, Timestamp};

/// Longest reason, in characters.
const REASON_MAX_CHARS: usize = 500;

/// Deletes a ticket with its conversation. Staff with the right to manage its queue.
///
/// Nothing is removed: the row says since when nobody sees it, and an admin can restore it. `reason`
/// is one line for the log, shown to staff only. Jobs about the ticket end without a result.
///
/// # Errors
/// [`crate::Error::Invalid`] for `reason`; stale version; [`crate::error::ConflictCode::Merged`];
/// [`crate::Error::NotFound`]; [`crate::Error::Forbidden`].
pub async fn delete(conn: &mut Conn, actor: &Actor, edit: Edit, reason: &str) -> Result<Ticket> {
    let mut errors = FieldErrors::default();
    let reason = errors.line("reason", reason, REASON_MAX_CHARS);
    errors.into_result()?;
    let now = Timestamp::now();
    committed(conn.transaction(async |conn| {
        let before = lock(conn, actor, edit, Needs::Right(QueueRight::Manage)).await?;
        let mut after = before.clone();
        after.deleted_at = Some(now);
        let payload = EventPayload { note: Some(reason), ..Default::default() };
        let event = NewEvent::new(EventKind::TicketDeleted, actor, before.id, now, payload);
        advance(conn, &before, after, event).await
    }))
    .await
}

//! Handing a ticket to another queue.

use diesel_async::AsyncConnection;

use super::Ticket;
use super::edit::{Edit, Needs, lock, write};
use crate::error::{Error, Result};
use crate::ids::QueueId;
use crate::metrics::committed;
use crate::queues::{self, QueueRight};
use crate::{Actor, Conn, Timestamp, users};

/// Moves the ticket. Staff with the right to reply where it is; the target need not be theirs.
///
/// Labels that the desk applied stay, with the suggestions they came from: what the ticket is about does
/// not depend on where it waits, and the target's own rule is for suggestions from then on.
///
/// An assignee who is no member of the target queue is taken off, so nobody keeps work they cannot
/// see. The mover may lose sight of the ticket.
///
/// # Errors
/// [`Error::Invalid`] for an unknown queue; stale version; [`Error::NotFound`];
/// [`Error::Forbidden`].
pub async fn move_to_queue(
    conn: &mut Conn,
    actor: &Actor,
    edit: Edit,
    queue: QueueId,
) -> Result<Ticket> {
    let now = Timestamp::now();
    committed(conn.transaction(async |conn| {
        let before = lock(conn, actor, edit, Needs::Right(QueueRight::Reply)).await?;
        if queues::find_many(conn, &[queue]).await?.is_empty() {
            return Err(Error::invalid("queueId", "no such queue"));
        }
        let mut after = before.clone();
        after.queue_id = queue;
        if let Some(user) = before.assignee_id {
            match users::require_assignable(conn, user, queue).await {
                Err(Error::Invalid(_)) => after.assignee_id = None,
                other => other?,
            }
        }
        write(conn, actor, &before, after, now, Vec::new()).await
    }))
    .await
}

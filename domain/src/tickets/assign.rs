//! Giving a ticket to an agent, or to nobody.

use diesel_async::AsyncConnection;

use super::Ticket;
use super::edit::{Edit, Needs, lock, write};
use crate::error::Result;
use crate::ids::UserId;
use crate::metrics::committed;
use crate::queues::QueueRight;
use crate::{Actor, Conn, Timestamp, users};

/// Assigns the ticket; `None` takes the assignee off. Staff with the right to reply.
///
/// # Errors
/// [`crate::Error::Invalid`] for `assigneeId` when the user is unknown, inactive, a customer or not
/// a member of the queue; stale version; [`crate::Error::NotFound`]; [`crate::Error::Forbidden`].
pub async fn assign(
    conn: &mut Conn,
    actor: &Actor,
    edit: Edit,
    assignee: Option<UserId>,
) -> Result<Ticket> {
    let now = Timestamp::now();
    committed(conn.transaction(async |conn| {
        let before = lock(conn, actor, edit, Needs::Right(QueueRight::Reply)).await?;
        if let Some(user) = assignee {
            users::require_assignable(conn, user, before.queue_id).await?;
        }
        let mut after = before.clone();
        after.assignee_id = assignee;
        write(conn, actor, &before, after, now, Vec::new()).await
    }))
    .await
}

//! Moving a ticket between open, pending, solved and closed.

use diesel_async::AsyncConnection;

use super::edit::{Edit, Needs, lock, write};
use super::{Status, Ticket, rules};
use crate::error::Result;
use crate::metrics::committed;
use crate::queues::QueueRight;
use crate::{Actor, Conn, Timestamp, suggestions};

/// Sets the status. Staff with the right to reply; customers solve and reopen their own tickets.
///
/// Suggestions that are still open when the ticket becomes solved or closed are ignored from then on.
///
/// # Errors
/// [`crate::error::ConflictCode::IllegalTransition`]; stale version; [`crate::Error::NotFound`];
/// [`crate::Error::Forbidden`].
pub async fn change_status(
    conn: &mut Conn,
    actor: &Actor,
    edit: Edit,
    status: Status,
) -> Result<Ticket> {
    let now = Timestamp::now();
    committed(conn.transaction(async |conn| {
        let before = lock(conn, actor, edit, Needs::RightOrRequester(QueueRight::Reply)).await?;
        let mut after = before.clone();
        rules::move_to(&mut after, actor.role, status, now)?;
        let ignored = suggestions::ignore_at_end(conn, actor, &before, &after, now).await?;
        write(conn, actor, &before, after, now, ignored).await
    }))
    .await
}

//! Moving a ticket between open, pending, solved and closed.

use diesel_async::AsyncConnection;

use super::edit::{Edit, Needs, lock, write};
use super::{Status, Ticket, rules};
use crate::error::Result;
use crate::metrics::committed;
use crate::queues::QueueRight;
use crate::{Actor, Conn, Timestamp};

/// Sets the status. Staff with the right to reply; customers solve and reopen their own tickets.
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
        write(conn, actor, &before, after, now, Vec::new()).await
    }))
    .await
}

//! Taking an unassigned ticket: the first agent gets it.

use diesel_async::AsyncConnection;

use super::Ticket;
use super::edit::{Edit, Needs, lock, write};
use crate::error::{Conflict, ConflictCode, Error, Result};
use crate::ids::TicketId;
use crate::metrics::committed;
use crate::queues::QueueRight;
use crate::{Actor, Conn, Timestamp};

/// Assigns the ticket to the actor unless somebody else has it. Claiming one's own changes nothing.
///
/// # Errors
/// [`ConflictCode::AlreadyClaimed`] with the agent who was first; [`Error::NotFound`];
/// [`Error::Forbidden`].
pub async fn claim(conn: &mut Conn, actor: &Actor, id: TicketId) -> Result<Ticket> {
    let me = actor.user()?;
    let now = Timestamp::now();
    committed(conn.transaction(async |conn| {
        let needs = Needs::Right(QueueRight::Reply);
        let before = lock(conn, actor, Edit::any_version(id), needs).await?;
        if before.assignee_id.is_some_and(|holder| holder != me) {
            return Err(Error::Conflict(Box::new(Conflict {
                code: ConflictCode::AlreadyClaimed,
                message: "another agent has this ticket".into(),
                path: "id",
                changed_by: before.assignee_id,
                changed_at: Some(before.updated_at),
            })));
        }
        let mut after = before.clone();
        after.assignee_id = Some(me);
        write(conn, actor, &before, after, now, Vec::new()).await
    }))
    .await
}

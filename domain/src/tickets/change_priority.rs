//! Setting how urgent a ticket is.

use diesel_async::AsyncConnection;

use super::edit::{Edit, Needs, lock, write};
use super::{Priority, Ticket};
use crate::error::Result;
use crate::metrics::committed;
use crate::queues::QueueRight;
use crate::suggestions::{self, Label};
use crate::{Actor, Conn, Timestamp};

/// Sets the priority as a person's decision, which is training data and decides an open suggestion.
///
/// Staff with the right to reply.
///
/// # Errors
/// Stale version; [`crate::Error::NotFound`]; [`crate::Error::Forbidden`].
pub async fn change_priority(
    conn: &mut Conn,
    actor: &Actor,
    edit: Edit,
    priority: Priority,
) -> Result<Ticket> {
    let now = Timestamp::now();
    committed(conn.transaction(async |conn| {
        let before = lock(conn, actor, edit, Needs::Right(QueueRight::Reply)).await?;
        let mut after = before.clone();
        let label = Label::Priority(priority);
        after.decide(label);
        let decided = suggestions::settle_by_person(conn, actor, before.id, label, now).await?;
        write(conn, actor, &before, after, now, decided).await
    }))
    .await
}

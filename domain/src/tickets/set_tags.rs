//! Putting tags on a ticket.

use diesel_async::AsyncConnection;

use super::Ticket;
use super::edit::{Edit, Needs, lock, write};
use crate::error::Result;
use crate::metrics::committed;
use crate::queues::QueueRight;
use crate::{Actor, Conn, Timestamp, tags};

/// Adds and removes tags by name; unknown names to add become new tags. Removing wins over adding.
///
/// Staff with the right to reply.
///
/// # Errors
/// [`crate::Error::Invalid`] for `tags`; stale version; [`crate::Error::NotFound`];
/// [`crate::Error::Forbidden`].
pub async fn set_tags(
    conn: &mut Conn,
    actor: &Actor,
    edit: Edit,
    add: &[String],
    remove: &[String],
) -> Result<Ticket> {
    let now = Timestamp::now();
    committed(conn.transaction(async |conn| {
        let before = lock(conn, actor, edit, Needs::Right(QueueRight::Reply)).await?;
        let added = tags::ids_of(conn, add).await?;
        let removed = tags::known_ids(conn, remove).await?;
        let mut after = before.clone();
        after.tag_ids.extend(added);
        after.tag_ids.retain(|tag| !removed.contains(tag));
        after.tag_ids.sort();
        after.tag_ids.dedup();
        tags::check_count(after.tag_ids.len())?;
        write(conn, actor, &before, after, now, Vec::new()).await
    }))
    .await
}

//! Setting what a ticket is about.

use diesel_async::AsyncConnection;

use super::Ticket;
use super::edit::{Edit, Needs, lock, write};
use crate::error::Result;
use crate::ids::CategoryId;
use crate::metrics::committed;
use crate::queues::QueueRight;
use crate::suggestions::{self, Label, LabelKind};
use crate::{Actor, Conn, Timestamp, categories};

/// Sets the category as a person's decision, which is training data and decides an open or applied
/// suggestion; `None` takes it off, which dismisses one that was applied. Staff with the right to
/// reply.
///
/// # Errors
/// [`crate::Error::Invalid`] for an unknown or retired category; stale version;
/// [`crate::Error::NotFound`]; [`crate::Error::Forbidden`].
pub async fn change_category(
    conn: &mut Conn,
    actor: &Actor,
    edit: Edit,
    category: Option<CategoryId>,
) -> Result<Ticket> {
    let now = Timestamp::now();
    committed(conn.transaction(async |conn| {
        let before = lock(conn, actor, edit, Needs::Right(QueueRight::Reply)).await?;
        let mut after = before.clone();
        let decided = match category {
            Some(id) => {
                categories::require_active(conn, id).await?;
                let label = Label::Category(id);
                after.decide(label);
                suggestions::settle_by_person(conn, actor, before.id, label, now).await?
            }
            None => {
                after.take_off(LabelKind::Category, None);
                suggestions::dismiss_applied(conn, actor, before.id, LabelKind::Category, now)
                    .await?
            }
        };
        write(conn, actor, &before, after, now, decided).await
    }))
    .await
}

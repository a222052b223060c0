//! Saying that notifications were read.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use crate::actor::Scope;
use crate::db::one_of;
use crate::db::schema::notifications;
use crate::error::{Error, Result};
use crate::ids::NotificationId;
use crate::{Actor, Conn, Timestamp};

/// Most notifications marked by their ids at once.
pub const MARK_MAX: usize = 100;

/// Which notifications to mark as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    All,
    /// 1 to [`MARK_MAX`] of the actor's own.
    These(Vec<NotificationId>),
}

/// Marks the actor's own as read; what was read before keeps its time.
///
/// # Errors
/// [`Error::Invalid`] for no ids or too many; [`Error::NotFound`], with nothing marked, when one is
/// missing or another's; [`Error::Forbidden`] for the desk itself and without the scope.
pub async fn mark_read(conn: &mut Conn, actor: &Actor, which: Which) -> Result<()> {
    actor.require_scope(Scope::TicketsRead)?;
    let own = notifications::user_id.eq(actor.user()?);
    let now = Timestamp::now();
    conn.transaction(async |conn| {
        let unread = notifications::table.filter(own).filter(notifications::read_at.is_null());
        let read = notifications::read_at.eq(now);
        let Which::These(mut ids) = which else {
            diesel::update(unread).set(read).execute(conn).await?;
            return Ok(());
        };
        ids.sort();
        ids.dedup();
        if ids.is_empty() || ids.len() > MARK_MAX {
            let message = format!("must name 1 to {MARK_MAX} notifications, got {}", ids.len());
            return Err(Error::invalid("ids", message));
        }
        let mine = notifications::table.filter(own).filter(one_of(notifications::id, &ids));
        let found: i64 = mine.count().get_result(conn).await?;
        if found.unsigned_abs() != ids.len() as u64 {
            return Err(Error::not_found("notification", "ids"));
        }
        let named = unread.filter(notifications::id.eq_any(&ids));
        diesel::update(named).set(read).execute(conn).await?;
        Ok(())
    })
    .await
}

//! Reading one's own notifications.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Notification;
use crate::actor::Scope;
use crate::db::one_of;
use crate::db::schema::notifications;
use crate::error::{Error, Result};
use crate::ids::NotificationId;
use crate::page::{Page, PageRequest};
use crate::{Actor, Conn};

/// The actor's own notifications, newest first.
///
/// # Errors
/// [`Error::Invalid`] for a page that cannot be; [`Error::Forbidden`] for the desk itself and without the
/// scope.
pub async fn list(
    conn: &mut Conn,
    actor: &Actor,
    unread_only: bool,
    request: &PageRequest,
) -> Result<Page<Notification>> {
    actor.require_scope(Scope::TicketsRead)?;
    let mut query = Notification::query()
        .filter(notifications::user_id.eq(actor.user()?))
        .order(notifications::id.desc())
        .limit(request.limit()?)
        .into_boxed();
    if unread_only {
        query = query.filter(notifications::read_at.is_null());
    }
    if let Some(id) = request.key::<NotificationId>()? {
        query = query.filter(notifications::id.lt(id));
    }
    Ok(request.page(query.load(conn).await?))
}

/// How many of the actor's own are unread.
///
/// # Errors
/// [`Error::Forbidden`] for the desk itself and without the scope.
pub async fn count_unread(conn: &mut Conn, actor: &Actor) -> Result<u64> {
    actor.require_scope(Scope::TicketsRead)?;
    let unread: i64 = notifications::table
        .filter(notifications::user_id.eq(actor.user()?))
        .filter(notifications::read_at.is_null())
        .count()
        .get_result(conn)
        .await?;
    Ok(unread.unsigned_abs())
}

/// One of the actor's own.
///
/// # Errors
/// [`Error::NotFound`] for missing ones and those of others alike; [`Error::Forbidden`] for the desk itself
/// and without the scope.
pub async fn find(conn: &mut Conn, actor: &Actor, id: NotificationId) -> Result<Notification> {
    let found = find_many(conn, actor, &[id]).await?.pop();
    found.ok_or_else(|| Error::not_found("notification", "id"))
}

/// Several of the actor's own at once, in no order; others are left out.
///
/// # Errors
/// [`Error::Forbidden`] for the desk itself and without the scope.
pub async fn find_many(
    conn: &mut Conn,
    actor: &Actor,
    ids: &[NotificationId],
) -> Result<Vec<Notification>> {
    actor.require_scope(Scope::TicketsRead)?;
    let own = Notification::query().filter(notifications::user_id.eq(actor.user()?));
    Ok(own.filter(one_of(notifications::id, ids)).load(conn).await?)
}

//! Reading canned replies; staff only, by every path.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::CannedReply;
use super::policy::can_see;
use crate::actor::Scope;
use crate::db::one_of;
use crate::db::schema::canned_replies;
use crate::error::{Error, Result};
use crate::ids::{CannedReplyId, QueueId};
use crate::queues::visible_ids;
use crate::{Actor, Conn};

/// Replies the actor sees, by name; a desk has tens to hundreds, so there are no pages. With `queue`,
/// those that may be sent in it.
///
/// # Errors
/// [`Error::Forbidden`] for customers; [`Error::NotFound`] for a queue the actor does not see.
pub async fn list(
    conn: &mut Conn,
    actor: &Actor,
    queue: Option<QueueId>,
    include_retired: bool,
) -> Result<Vec<CannedReply>> {
    actor.require_staff(Scope::TicketsRead)?;
    let mut query = CannedReply::query().order(canned_replies::name.asc()).into_boxed();
    if let Some(queue) = queue {
        if actor.queue_right(queue).is_none() {
            return Err(Error::not_found("queue", "queueId"));
        }
        let of_all = canned_replies::queue_id.is_null();
        query = query.filter(of_all.or(canned_replies::queue_id.assume_not_null().eq(queue)));
    } else if !actor.is_admin() {
        let mine = one_of(canned_replies::queue_id.assume_not_null(), &visible_ids(actor));
        query = query.filter(canned_replies::queue_id.is_null().or(mine));
    }
    if !include_retired {
        query = query.filter(canned_replies::active.eq(true));
    }
    Ok(query.load(conn).await?)
}

/// Replies that are in use and that the actor sees; none for customers and tokens that may not read.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn usable(conn: &mut Conn, actor: &Actor) -> Result<Vec<CannedReply>> {
    match list(conn, actor, None, false).await {
        Err(Error::Forbidden(_)) => Ok(Vec::new()),
        other => other,
    }
}

/// Several replies, those the actor sees, in no order; retired ones too.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn find_many(
    conn: &mut Conn,
    actor: &Actor,
    ids: &[CannedReplyId],
) -> Result<Vec<CannedReply>> {
    if !actor.is_staff() {
        return Ok(Vec::new());
    }
    let mut found: Vec<CannedReply> =
        CannedReply::query().filter(one_of(canned_replies::id, ids)).load(conn).await?;
    found.retain(|reply| can_see(actor, reply));
    Ok(found)
}

/// One reply, if the actor sees it.
///
/// # Errors
/// [`Error::Forbidden`] for customers; [`Error::NotFound`] for missing and invisible ones alike.
pub async fn find_visible(
    conn: &mut Conn,
    actor: &Actor,
    id: CannedReplyId,
) -> Result<CannedReply> {
    actor.require_staff(Scope::TicketsRead)?;
    let found = find_many(conn, actor, &[id]).await?.pop();
    found.ok_or_else(|| Error::not_found("canned reply", "id"))
}

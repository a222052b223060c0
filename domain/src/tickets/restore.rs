//! Bringing deleted tickets back.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::Ticket;
use super::create::wants_suggestion;
use super::edit::advance;
use super::queries::lock_many;
use crate::actor::Scope;
use crate::db::schema::tickets;
use crate::error::{Error, Result};
use crate::events::{EventKind, EventPayload, NewEvent};
use crate::ids::TicketId;
use crate::jobs::{self, JobKind};
use crate::metrics::committed;
use crate::page::{Page, PageRequest, encode};
use crate::{Actor, Conn, Timestamp};

/// Puts a deleted ticket back where it was, whenever it was deleted. Admins only.
///
/// A ticket that is not deleted stays as it is.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn restore(conn: &mut Conn, actor: &Actor, id: TicketId) -> Result<Ticket> {
    actor.require_admin(Scope::TicketsWrite)?;
    let now = Timestamp::now();
    committed(conn.transaction(async |conn| {
        let found = lock_many(conn, &[id]).await?.pop();
        let before = found.ok_or_else(|| Error::not_found("ticket", "id"))?;
        if before.deleted_at.is_none() {
            return Ok(before.ticket);
        }
        let mut after = before.clone();
        after.deleted_at = None;
        let kind = EventKind::TicketRestored;
        let event = NewEvent::new(kind, actor, id, now, EventPayload::default());
        let ticket = advance(conn, &before, after, event).await?;
        if wants_suggestion(&ticket) {
            // The job of its creation may have ended without a result meanwhile.
            jobs::enqueue(conn, JobKind::Suggest, [id.into()], now).await?;
        }
        Ok(ticket)
    }))
    .await
}

impl Ticket {
    /// Cursor of this row in [`list_deleted`].
    pub fn deleted_cursor(&self) -> String {
        encode(&(self.deleted_at, self.id))
    }
}

/// Deleted tickets, latest deleted first. Admins only.
///
/// # Errors
/// [`Error::Invalid`] for a bad page; [`Error::Forbidden`].
pub async fn list_deleted(
    conn: &mut Conn,
    actor: &Actor,
    page: &PageRequest,
) -> Result<Page<Ticket>> {
    actor.require_admin(Scope::TicketsRead)?;
    let (at, id) = (tickets::deleted_at, tickets::id);
    let mut query = Ticket::query()
        .filter(at.is_not_null())
        .order((at.desc(), id.desc()))
        .limit(page.limit()?)
        .into_boxed();
    if let Some((time, last)) = page.key::<(Timestamp, TicketId)>()? {
        let at = at.assume_not_null();
        query = query.filter(at.le(time).and(at.lt(time).or(id.lt(last))));
    }
    Ok(page.page(query.load(conn).await?))
}

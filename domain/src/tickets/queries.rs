//! SQL about tickets that more than one verb needs.

use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

use super::{Ticket, TicketSnapshot, Visibility};
use crate::db::one_of;
use crate::db::schema::{ticket_tags, tickets};
use crate::error::{Error, Result};
use crate::ids::{TagId, TicketId};
use crate::{Actor, Conn};

/// A ticket query whose conditions are still being collected.
pub(super) type BoxedTickets =
    tickets::BoxedQuery<'static, Mysql, diesel::dsl::SqlTypeOf<TicketColumns>>;
type TicketColumns = diesel::dsl::AsSelect<Ticket, Mysql>;

/// All tickets the visibility admits.
pub(super) fn visible(visibility: &Visibility) -> BoxedTickets {
    Ticket::query().into_boxed().filter(visibility.predicate())
}

/// One ticket, if the actor may see it.
///
/// # Errors
/// [`Error::NotFound`] for missing and invisible tickets alike.
pub async fn find_visible(conn: &mut Conn, actor: &Actor, id: TicketId) -> Result<Ticket> {
    let query = visible(&Visibility::of(actor)?).filter(tickets::id.eq(id));
    query.first(conn).await.optional()?.ok_or_else(|| Error::not_found("ticket", "id"))
}

/// One ticket by the number people use, if the actor may see it.
///
/// # Errors
/// [`Error::NotFound`] for missing and invisible tickets alike.
pub async fn find_visible_by_number(conn: &mut Conn, actor: &Actor, number: u64) -> Result<Ticket> {
    let query = visible(&Visibility::of(actor)?).filter(tickets::number.eq(number));
    query.first(conn).await.optional()?.ok_or_else(|| Error::not_found("ticket", "number"))
}

/// Several tickets, those the actor may see, in no order.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn find_many(conn: &mut Conn, actor: &Actor, ids: &[TicketId]) -> Result<Vec<Ticket>> {
    Ok(visible(&Visibility::of(actor)?).filter(one_of(tickets::id, ids)).load(conn).await?)
}

/// Tickets in lists, newest id first, whoever may see them: for what the desk works out from all of them.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn newest(conn: &mut Conn, before: Option<TicketId>, limit: i64) -> Result<Vec<Ticket>> {
    let mut query = visible(&Visibility::All)
        .filter(tickets::merged_into_id.is_null())
        .order(tickets::id.desc())
        .limit(limit);
    if let Some(id) = before {
        query = query.filter(tickets::id.lt(id));
    }
    Ok(query.load(conn).await?)
}

/// The visible tickets that were merged into each of these, by number.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn merged_into(
    conn: &mut Conn,
    actor: &Actor,
    targets: &[TicketId],
) -> Result<HashMap<TicketId, Vec<Ticket>>> {
    let found: Vec<Ticket> = visible(&Visibility::of(actor)?)
        .filter(tickets::merged_into_id.is_not_null())
        .filter(one_of(tickets::merged_into_id.assume_not_null(), targets))
        .order(tickets::number.asc())
        .load(conn)
        .await?;
    let mut by_target: HashMap<TicketId, Vec<Ticket>> = HashMap::new();
    for ticket in found {
        by_target.entry(ticket.merged_into_id.expect("not null")).or_default().push(ticket);
    }
    Ok(by_target)
}

/// Tickets of one source by their external ids, whoever may see them, deleted ones too: what was
/// deleted here is not brought in again.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn ids_by_external(
    conn: &mut Conn,
    source: &str,
    external: &[String],
) -> Result<HashMap<String, TicketId>> {
    let rows: Vec<(Option<String>, TicketId)> = tickets::table
        .filter(tickets::source.eq(source))
        .filter(tickets::external_id.eq_any(external))
        .select((tickets::external_id, tickets::id))
        .load(conn)
        .await?;
    Ok(rows.into_iter().filter_map(|(external, id)| Some((external?, id))).collect())
}

/// Locks tickets and reads them with their tags, in id order; missing ids are left out.
pub(crate) async fn lock_many(conn: &mut Conn, ids: &[TicketId]) -> Result<Vec<TicketSnapshot>> {
    let locked: Vec<Ticket> = Ticket::query()
        .filter(one_of(tickets::id, ids))
        .order(tickets::id.asc())
        .for_update()
        .load(conn)
        .await?;
    let mut tags: HashMap<TicketId, Vec<TagId>> = HashMap::new();
    let rows: Vec<(TicketId, TagId)> = ticket_tags::table
        .filter(one_of(ticket_tags::ticket_id, ids))
        .order((ticket_tags::ticket_id.asc(), ticket_tags::tag_id.asc()))
        .load(conn)
        .await?;
    for (ticket, tag) in rows {
        tags.entry(ticket).or_default().push(tag);
    }
    Ok(locked
        .into_iter()
        .map(|ticket| TicketSnapshot {
            tag_ids: tags.remove(&ticket.id).unwrap_or_default(),
            ticket,
        })
        .collect())
}

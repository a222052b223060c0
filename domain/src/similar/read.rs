//! Reading similar tickets: never one that the reader may not see.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::{HashMap, HashSet};

use super::{Neighbour, Similar};
use crate::db::one_of;
use crate::db::schema::{ticket_neighbours, tickets as tickets_table};
use crate::error::{Error, Result};
use crate::ids::TicketId;
use crate::tickets::{self, Ticket, Visibility};
use crate::{Actor, Conn};

/// What several tickets are like, most alike first: tickets that the actor may see and that are in
/// lists, in two statements. None for customers.
///
/// # Errors
/// [`Error::Forbidden`] when the token lacks `tickets:read`; [`Error::Unavailable`].
pub async fn of_tickets(
    conn: &mut Conn,
    actor: &Actor,
    ids: &[TicketId],
) -> Result<HashMap<TicketId, Vec<Similar>>> {
    if !actor.is_staff() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(TicketId, String)> = ticket_neighbours::table
        .inner_join(tickets_table::table)
        .filter(one_of(ticket_neighbours::ticket_id, ids))
        .filter(Visibility::of(actor)?.predicate_with_neighbours())
        .select((ticket_neighbours::ticket_id, ticket_neighbours::neighbours))
        .load(conn)
        .await?;
    let mut known: Vec<(TicketId, Vec<Neighbour>)> = Vec::with_capacity(rows.len());
    for (id, json) in rows {
        known.push((id, serde_json::from_str(&json).map_err(Error::internal)?));
    }
    let wanted: HashSet<TicketId> =
        known.iter().flat_map(|(_, all)| all).map(|neighbour| neighbour.ticket_id).collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let wanted: Vec<TicketId> = wanted.into_iter().collect();
    let visible: HashMap<TicketId, Ticket> = tickets::find_many(conn, actor, &wanted)
        .await?
        .into_iter()
        .filter(Ticket::is_listed)
        .map(|ticket| (ticket.id, ticket))
        .collect();
    let similar = |neighbour: Neighbour| {
        let ticket = visible.get(&neighbour.ticket_id)?.clone();
        Some(Similar { ticket, score: neighbour.score })
    };
    Ok(known
        .into_iter()
        .map(|(id, all)| (id, all.into_iter().filter_map(similar).collect()))
        .collect())
}

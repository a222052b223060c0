//! Writing neighbours down, in the transaction that finishes the jobs.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{NEIGHBOURS_MAX, NewNeighbours};
use crate::db::schema::ticket_neighbours;
use crate::error::Result;
use crate::ids::TicketId;
use crate::{Conn, Timestamp};

#[derive(Insertable)]
#[diesel(table_name = ticket_neighbours)]
struct Row {
    ticket_id: TicketId,
    neighbours: String,
    computed_at: Timestamp,
}

/// Stores the neighbours of several tickets in place of what was known; a job done twice writes the same.
///
/// # Errors
/// Whatever the database says; the transaction must then be rolled back.
pub(crate) async fn store(conn: &mut Conn, mut new: Vec<NewNeighbours>) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    // Each row locks its ticket's: in one order, as everyone does.
    new.sort_by_key(|known| known.ticket_id);
    let now = Timestamp::now();
    let row = |mut new: NewNeighbours| {
        new.neighbours.truncate(NEIGHBOURS_MAX);
        Row {
            ticket_id: new.ticket_id,
            neighbours: serde_json::to_string(&new.neighbours).expect("plain values"),
            computed_at: now,
        }
    };
    let rows: Vec<Row> = new.into_iter().map(row).collect();
    diesel::replace_into(ticket_neighbours::table).values(&rows).execute(conn).await?;
    Ok(())
}

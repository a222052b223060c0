//! Saying that a ticket was seen.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::schema::events as events_table;
use crate::db::{Bind, Fixed};
use crate::error::{Error, Result};
use crate::events::{self, Cursor};
use crate::ids::{SubjectId, TicketId};
use crate::tickets::{self, Ticket};
use crate::{Actor, Conn};

/// Marks everything that happened on a ticket until now as seen by the actor, or everything up to a place
/// in the log. A mark never goes back.
///
/// # Errors
/// [`Error::Invalid`] for `upTo` of another log; [`Error::NotFound`]; [`Error::Forbidden`] for the desk
/// itself and without the scope.
pub async fn mark(
    conn: &mut Conn,
    actor: &Actor,
    id: TicketId,
    up_to: Option<Cursor>,
) -> Result<Ticket> {
    let user = actor.user()?;
    let ticket = tickets::find_visible(conn, actor, id).await?;
    let mut seen = events_table::table
        .filter(events_table::subject_id.eq(SubjectId::from(id)))
        .order(events_table::seq.desc())
        .select(events_table::seq)
        .into_boxed();
    if let Some(cursor) = up_to {
        if !cursor.is_of(events::log_id(conn).await?) {
            return Err(Error::invalid("upTo", "is a cursor of another desk's log"));
        }
        seen = seen.filter(events_table::position.le(cursor.position));
    }
    let Some(seq) = seen.first::<u64>(conn).await.optional()? else { return Ok(ticket) };
    let sql = "INSERT INTO read_marks (user_id, ticket_id, seq) VALUES (?, ?, ?) \
               ON DUPLICATE KEY UPDATE seq = GREATEST(seq, ?)";
    let binds = [
        Bind::Bytes(user.0.as_bytes().to_vec()),
        Bind::Bytes(id.0.as_bytes().to_vec()),
        Bind::Unsigned(seq),
        Bind::Unsigned(seq),
    ];
    Fixed::new(sql, binds).run(conn).await?;
    Ok(ticket)
}

//! Forgetting the oldest part of the log.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::Position;
use crate::db::schema::{event_sequence, events};
use crate::error::Result;
use crate::{Conn, Timestamp};

/// Most events removed in one transaction; keeps locks short.
const BATCH: u64 = 5_000;

/// Removes events older than `before`, oldest first, and returns how many.
///
/// Tickets lose the history entries in question; a subscription with an older cursor is told to read
/// anew. The newest event always stays. Safe to interrupt: each batch stands by itself, and
/// `progress` hears how many are gone.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away; what was removed stays removed.
pub async fn prune(conn: &mut Conn, before: Timestamp, progress: impl Fn(u64)) -> Result<u64> {
    let mut removed = 0;
    loop {
        let gone = conn.transaction(async |conn| prune_batch(conn, before).await).await?;
        if gone == 0 {
            return Ok(removed);
        }
        removed += gone;
        progress(removed);
    }
}

async fn prune_batch(conn: &mut Conn, before: Timestamp) -> Result<u64> {
    let (kept_after, end): (Position, Position) = event_sequence::table
        .select((event_sequence::kept_after, event_sequence::position))
        .for_update()
        .first(conn)
        .await?;
    let last = (kept_after + BATCH).min(end.saturating_sub(1));
    // Positions follow commits and not clocks exactly: stop at the first one that is to be kept.
    let first_kept: Option<Position> = events::table
        .filter(events::position.gt(kept_after))
        .filter(events::position.le(last))
        .filter(events::occurred_at.ge(before))
        .select(events::position.assume_not_null())
        .order(events::position.asc())
        .first(conn)
        .await
        .optional()?;
    let last = first_kept.map_or(last, |kept| kept - 1);
    if last <= kept_after {
        return Ok(0);
    }
    diesel::delete(events::table.filter(events::position.le(last))).execute(conn).await?;
    diesel::update(event_sequence::table)
        .set(event_sequence::kept_after.eq(last))
        .execute(conn)
        .await?;
    Ok(last - kept_after)
}

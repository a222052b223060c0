//! Clearing away what nobody can use any more.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::schema::{drafts, idempotency_keys, sessions};
use crate::error::Result;
use crate::{Conn, Timestamp};

/// How long a repeated request finds the first one's result.
pub const IDEMPOTENCY_KEY_S: i64 = 7 * 24 * 3600;
/// How long the version of a draft that was sent or discarded is remembered: a device that was away for
/// longer may overwrite what another one has written since.
pub const CLEARED_DRAFT_S: i64 = 30 * 24 * 3600;

/// Rows that one sweep removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    pub sessions: usize,
    pub idempotency_keys: usize,
    /// Those that were sent or discarded long ago.
    pub drafts: usize,
}

/// Removes sessions that have ended, idempotency keys older than [`IDEMPOTENCY_KEY_S`], and what is left of
/// drafts [`CLEARED_DRAFT_S`] after they were sent or discarded.
///
/// Any number of processes may sweep; each row goes once.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away; the next sweep does the work.
pub async fn sweep(conn: &mut Conn, now: Timestamp) -> Result<Swept> {
    let ended = sessions::table.filter(sessions::expires_at.lt(now));
    let forgotten = idempotency_keys::table
        .filter(idempotency_keys::created_at.lt(now.plus_seconds(-IDEMPOTENCY_KEY_S)));
    let cleared = drafts::table
        .filter(drafts::cleared_at.is_not_null())
        .filter(drafts::cleared_at.assume_not_null().lt(now.plus_seconds(-CLEARED_DRAFT_S)));
    Ok(Swept {
        sessions: diesel::delete(ended).execute(conn).await?,
        idempotency_keys: diesel::delete(forgotten).execute(conn).await?,
        drafts: diesel::delete(cleared).execute(conn).await?,
    })
}

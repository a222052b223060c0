//! Letting go of a draft: on purpose, or because it was sent.

use diesel_async::AsyncConnection;

use super::DraftPlace;
use super::place::{lock, refuse_stale, require};
use crate::db::{Bind, Fixed};
use crate::error::Result;
use crate::ids::UserId;
use crate::{Actor, Conn, Timestamp};

/// Removes the draft in a place; without one nothing happens.
///
/// # Errors
/// [`crate::error::ConflictCode::StaleVersion`] when there is another version than `expected` (0: none);
/// [`crate::Error::NotFound`]; [`crate::Error::Forbidden`].
pub async fn discard(
    conn: &mut Conn,
    actor: &Actor,
    place: DraftPlace,
    expected: Option<u32>,
) -> Result<()> {
    let author = require(conn, actor, place).await?;
    conn.transaction(async |conn| {
        let row = lock(conn, author, place).await?;
        if row.as_ref().is_none_or(|row| row.cleared_at.is_some()) {
            // Gone is what the caller wants, whoever was first.
            return Ok(());
        }
        refuse_stale(author, row.as_ref(), expected)?;
        clear(conn, author, place, Timestamp::now()).await
    })
    .await
}

/// Removes somebody's draft in a place, if there is one; call in the transaction that sends it.
pub(crate) async fn clear(
    conn: &mut Conn,
    author: UserId,
    place: DraftPlace,
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE drafts SET subject = '', body = '', version = version + 1, updated_at = ?, \
               cleared_at = ? WHERE author_id = ? AND subject_id = ? AND kind = ? \
               AND cleared_at IS NULL";
    let binds = [
        Bind::At(now),
        Bind::At(now),
        Bind::Bytes(author.0.as_bytes().to_vec()),
        Bind::Bytes(place.subject(author).0.as_bytes().to_vec()),
        Bind::Text(place.kind().as_str()),
    ];
    Fixed::new(sql, binds).run(conn).await?;
    Ok(())
}

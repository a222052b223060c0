//! Clearing away what nobody can use any more.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Datetime};
use diesel_async::RunQueryDsl;

use crate::db::schema::{
    drafts, idempotency_keys, sessions, shadow_scores, ticket_neighbours, tickets,
};
use crate::error::Result;
use crate::ids::{ModelVersionId, NotificationId, TicketId};
use crate::{Conn, Timestamp, models};

/// How long a repeated request finds the first one's result.
pub const IDEMPOTENCY_KEY_S: i64 = 7 * 24 * 3600;
/// How long the version of a draft that was sent or discarded is remembered: a device that was away for
/// longer may overwrite what another one has written since.
pub const CLEARED_DRAFT_S: i64 = 30 * 24 * 3600;
/// How long a notification is kept that was read.
pub const READ_NOTIFICATION_S: i64 = 90 * 24 * 3600;
/// How long a candidate's shadow scores are kept after its trial.
pub const SHADOW_SCORE_S: i64 = 90 * 24 * 3600;

/// Most rows that one statement removes, of those that may be many; keeps locks short.
const BATCH: i64 = 2_000;

/// Rows that one sweep removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    pub sessions: usize,
    pub idempotency_keys: usize,
    /// Those that were sent or discarded long ago.
    pub drafts: usize,
    pub notifications: usize,
    pub shadow_scores: usize,
    pub neighbours: usize,
}

/// Removes sessions that have ended, idempotency keys older than [`IDEMPOTENCY_KEY_S`], what is left of drafts
/// [`CLEARED_DRAFT_S`] after they were sent or discarded, notifications older than [`READ_NOTIFICATION_S`] that
/// were read, shadow scores of trials that ended more than [`SHADOW_SCORE_S`] ago, and the neighbours of
/// tickets that were merged into another.
///
/// Any number of processes may sweep; each row goes once. What is unread stays, and so do the scores of
/// whoever is on trial, however old.
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
        notifications: read_notifications(conn, now.plus_seconds(-READ_NOTIFICATION_S)).await?,
        shadow_scores: ended_trials(conn, now.plus_seconds(-SHADOW_SCORE_S)).await?,
        neighbours: merged_away(conn).await?,
    })
}

async fn read_notifications(conn: &mut Conn, before: Timestamp) -> Result<usize> {
    // Ids are made in the order of time, so the primary key is the index that this needs.
    let first_kept = NotificationId::first_of(before);
    in_batches(async || {
        let old = diesel::sql_query(
            "DELETE FROM notifications \
             WHERE id < ? AND created_at < ? AND read_at IS NOT NULL ORDER BY id LIMIT ?",
        );
        let old = old.bind::<Binary, _>(first_kept).bind::<Datetime, _>(before);
        Ok(old.bind::<BigInt, _>(BATCH).execute(conn).await?)
    })
    .await
}

async fn ended_trials(conn: &mut Conn, before: Timestamp) -> Result<usize> {
    let versions: Vec<ModelVersionId> =
        shadow_scores::table.select(shadow_scores::model_version_id).distinct().load(conn).await?;
    let mut removed = 0;
    for version in versions {
        if models::trial_end(conn, version).await?.is_none_or(|end| end >= before) {
            continue;
        }
        removed += in_batches(async || {
            let scores =
                diesel::sql_query("DELETE FROM shadow_scores WHERE model_version_id = ? LIMIT ?");
            let scores = scores.bind::<Binary, _>(version);
            Ok(scores.bind::<BigInt, _>(BATCH).execute(conn).await?)
        })
        .await?;
    }
    Ok(removed)
}

/// A merge cannot be undone, and what is merged away is in no list: nobody asks what it is like.
async fn merged_away(conn: &mut Conn) -> Result<usize> {
    in_batches(async || {
        let merged: Vec<TicketId> = ticket_neighbours::table
            .inner_join(tickets::table)
            .filter(tickets::merged_into_id.is_not_null())
            .select(ticket_neighbours::ticket_id)
            .limit(BATCH)
            .load(conn)
            .await?;
        let theirs = ticket_neighbours::table.filter(ticket_neighbours::ticket_id.eq_any(&merged));
        Ok(diesel::delete(theirs).execute(conn).await?)
    })
    .await
}

/// Until a batch is not full.
async fn in_batches(mut batch: impl AsyncFnMut() -> Result<usize>) -> Result<usize> {
    let mut removed = 0;
    loop {
        let gone = batch().await?;
        removed += gone;
        if (gone as i64) < BATCH {
            return Ok(removed);
        }
    }
}

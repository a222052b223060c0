//! The log's pulse: proof that live updates can travel.
//!
//! About once a second one process numbers what waits, moves `event_sequence.beat_at` and announces
//! it. Whoever reads the log notices the new beat on the way of every event: database, sequencer,
//! announcement, hub. A connection without a recent beat may be open, but it is not live.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tracing::warn;

use super::{Announcer, Cursor, Sequencer};
use crate::Timestamp;
use crate::db::Pool;
use crate::db::schema::event_sequence;
use crate::error::Result;

/// How often the pulse is looked after; also how often the log is read without being woken.
pub(crate) const CLOCK: Duration = Duration::from_secs(1);
/// A younger beat is left alone, so that many processes make one pulse.
const REST_MS: i64 = 900;

/// One beat, as this process received it.
#[derive(Debug, Clone, Copy)]
pub struct Heartbeat {
    /// When it was made, by the clock of the process that made it.
    pub at: Timestamp,
    /// Everything up to here had been handed to this process's subscribers.
    pub cursor: Cursor,
    received: Instant,
}

impl Heartbeat {
    pub(super) fn new(at: Timestamp, cursor: Cursor) -> Self {
        Self { at, cursor, received: Instant::now() }
    }

    /// Time since this process received it: how stale live updates may be at most.
    pub fn age(&self) -> Duration {
        self.received.elapsed()
    }
}

/// Keeps the pulse going; what a killed process left without positions is numbered on the way.
pub(super) async fn keep(pool: Pool, sequencer: Sequencer, announcer: Announcer) {
    let mut clock = interval(CLOCK);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        if let Err(error) = beat(&pool, &sequencer, &announcer).await {
            warn!(error = %error.chain(), "no heartbeat");
        }
    }
}

async fn beat(pool: &Pool, sequencer: &Sequencer, announcer: &Announcer) -> Result<()> {
    let now = Timestamp::now();
    let due =
        event_sequence::table.filter(event_sequence::beat_at.lt(now.plus_milliseconds(-REST_MS)));
    let is_due: i64 = due.count().get_result(&mut *pool.get().await?).await?;
    if is_due == 0 {
        return Ok(());
    }
    let end = sequencer.number().await?;
    let moved = diesel::update(due)
        .set(event_sequence::beat_at.eq(now))
        .execute(&mut *pool.get().await?)
        .await?;
    if moved > 0 {
        announcer.announce_beat(end);
    }
    Ok(())
}

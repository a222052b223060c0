//! Gives committed events their positions, and adds up how they change the counts of tickets.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use tracing::warn;

use super::{Announcer, Position};
use crate::Conn;
use crate::db::schema::{event_sequence, events};
use crate::db::{Bind, Fixed, Pool};
use crate::error::{Error, Result};
use crate::metrics::{Stage, observe_stage};
use crate::tickets::counts::{self, CountedEvent};

/// Most events numbered in one transaction; keeps the row lock short.
const BATCH: i64 = 1000;
/// From the beginning of one run to that of the next, at least. A change that comes after a pause is
/// numbered at once; of many, those that come meanwhile share the run, and its cost.
const PACE: Duration = Duration::from_millis(4);

/// Numbers every event that was committed before the call and returns the log's new end.
///
/// Safe to run from any number of processes at once: the row in `event_sequence` lets one in at a
/// time. Killed half-way it leaves no trace, since positions and the mark change together.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away; what waits is numbered by the next run.
pub async fn number_waiting(conn: &mut Conn) -> Result<Position> {
    loop {
        let (end, more) = conn.transaction(async |conn| number_batch(conn).await).await?;
        if !more {
            return Ok(end);
        }
    }
}

async fn number_batch(conn: &mut Conn) -> Result<(Position, bool)> {
    let (start, counted): (Position, Position) = event_sequence::table
        .select((event_sequence::position, event_sequence::counted))
        .for_update()
        .first(conn)
        .await?;
    if counted < start {
        count_numbered(conn, counted, start).await?;
        return Ok((start, true));
    }
    // Read after the lock and under READ COMMITTED: sees all that committed before.
    let waiting: Vec<CountedEvent> = CountedEvent::query()
        .filter(events::position.is_null())
        .order(events::seq.asc())
        .limit(BATCH)
        .load(conn)
        .await?;
    let Some((first, last)) = waiting[..].first().zip(waiting[..].last()) else {
        return Ok((start, false));
    };
    let (first, last) = (first.seq, last.seq);
    let count = waiting.len() as u64;
    if last - first + 1 == count {
        Fixed::new(
            "UPDATE events SET position = seq + ? - ? WHERE seq BETWEEN ? AND ?",
            [start + 1, first, first, last].map(Bind::Unsigned),
        )
        .run(conn)
        .await?;
    } else {
        number_scattered(conn, start, &waiting).await?;
    }
    counts::moves_of(conn, &waiting).await?.apply(conn).await?;
    let end = start + count;
    Fixed::new(
        "UPDATE event_sequence SET position = ?, counted = ?",
        [end, end].map(Bind::Unsigned),
    )
    .run(conn)
    .await?;
    Ok((end, waiting.len() as i64 == BATCH))
}

/// Counts what a program of an earlier release numbered without counting it.
async fn count_numbered(conn: &mut Conn, counted: Position, end: Position) -> Result<()> {
    let end = end.min(counted + BATCH.unsigned_abs());
    let numbered: Vec<CountedEvent> = CountedEvent::query()
        .filter(events::position.gt(counted).and(events::position.le(end)))
        .load(conn)
        .await?;
    counts::moves_of(conn, &numbered).await?.apply(conn).await?;
    diesel::update(event_sequence::table)
        .set(event_sequence::counted.eq(end))
        .execute(conn)
        .await?;
    Ok(())
}

/// `FIELD(x, a, b, …)` is the 1-based place of `x` in the list, in MySQL and MariaDB alike.
async fn number_scattered(
    conn: &mut Conn,
    start: Position,
    waiting: &[CountedEvent],
) -> Result<()> {
    let list = waiting.iter().map(|event| event.seq.to_string()).collect::<Vec<_>>().join(",");
    diesel::sql_query(format!(
        "UPDATE events SET position = {start} + FIELD(seq, {list}) WHERE seq IN ({list})"
    ))
    .execute(conn)
    .await?;
    Ok(())
}

/// Runs [`number_waiting`] for all verbs of one process, many commits at a time.
///
/// Requests that arrive while a run is under way are answered together by the next one.
#[derive(Clone)]
pub struct Sequencer {
    requests: mpsc::Sender<oneshot::Sender<Result<Position>>>,
}

impl Sequencer {
    /// Starts the task; it ends when the last handle is dropped.
    pub fn start(pool: Pool, announcer: Announcer) -> Self {
        let (requests, mut inbox) = mpsc::channel::<oneshot::Sender<Result<Position>>>(1024);
        tokio::spawn(async move {
            let mut earliest = Instant::now();
            while let Some(first) = inbox.recv().await {
                sleep_until(earliest).await;
                earliest = Instant::now() + PACE;
                let mut waiting = vec![first];
                while let Ok(next) = inbox.try_recv() {
                    waiting.push(next);
                }
                let outcome = number(&pool).await;
                match &outcome {
                    Ok(end) => announcer.announce(*end),
                    Err(error) => warn!(error = %error.chain(), "events wait for their positions"),
                }
                for reply in waiting {
                    let copy = outcome
                        .as_ref()
                        .map(|end| *end)
                        .map_err(|e| Error::Unavailable(e.to_string().into()));
                    let _ = reply.send(copy);
                }
            }
        });
        Self { requests }
    }

    /// Waits until everything committed before the call has a position; returns the log's end.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database is away. The change itself is committed; its
    /// events get their positions from the next run.
    pub async fn settle(&self) -> Result<Position> {
        let begun = Instant::now();
        let end = self.number().await?;
        observe_stage(Stage::Sequence, begun.elapsed());
        Ok(end)
    }

    /// As [`Sequencer::settle`] where nothing was changed just now.
    pub(super) async fn number(&self) -> Result<Position> {
        let (reply, answer) = oneshot::channel();
        let stopped = || Error::Unavailable("the sequencer has stopped".into());
        self.requests.send(reply).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

async fn number(pool: &Pool) -> Result<Position> {
    number_waiting(&mut *pool.get().await?).await
}

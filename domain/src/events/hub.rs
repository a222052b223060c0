//! Fans the log out to this process's subscribers.
//!
//! Each process reads every event once, in log order, and hands the same `Arc` to all followers.
//! It is woken by its own verbs, by Redis, and by a clock once a second, so with Redis away a
//! change made elsewhere arrives late but arrives. A follower that falls more than [`BUFFER`] events
//! behind, or starts from an old cursor, reads the table from its own position until it has caught
//! up; positions without gaps tell it that nothing is missing.

use futures::StreamExt;
use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{Notify, broadcast};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tracing::{info, warn};

use super::announcer::open;
use super::{Announcer, Cursor, LogEvent, Position, Sequencer, log};
use crate::db::Pool;
use crate::db::schema::events;
use crate::error::Result;
use crate::ids::LogId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// Events kept for followers that are briefly slow.
const BUFFER: usize = 1024;
/// Events read at a time from the table.
const PAGE: i64 = 500;
/// How often the log is looked at without being woken.
pub(crate) const CLOCK: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub struct Hub {
    pool: Pool,
    live: broadcast::Sender<Arc<LogEvent>>,
    /// Where this hub began to read: the end of the log as the first follower, or the hub itself,
    /// found it. Everything later is sent.
    began: Arc<OnceLock<Position>>,
}

/// How a subscription begins.
pub enum Start {
    /// From the wanted cursor, or from now when none was given.
    Resumed(Follower),
    /// The cursor belongs to another log or lies after this one's end: everything known must be
    /// read anew; the follower continues from now.
    Resync(Follower),
}

impl Hub {
    /// Starts the reading task and the Redis listener.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when the Redis URL cannot be read.
    pub fn start(
        pool: Pool,
        redis_url: &str,
        channel: &str,
        announcer: &Announcer,
        sequencer: Sequencer,
    ) -> Result<Self> {
        let client = open(redis_url)?;
        let (live, _) = broadcast::channel(BUFFER);
        let hub = Self { pool, live, began: Arc::default() };
        let wake = Arc::new(Notify::new());
        tokio::spawn(listen(client, channel.to_owned(), wake.clone()));
        tokio::spawn(hub.clone().read(wake, announcer.subscribe(), sequencer));
        Ok(hub)
    }

    /// Follows the log after `after`, or from its present end.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the database is away.
    pub async fn follow(&self, after: Option<Cursor>) -> Result<Start> {
        // Subscribe before looking at the table: what is numbered in between arrives twice, and
        // the second copy is recognised by its position.
        let live = self.live.subscribe();
        let (log_id, end) = log::mark(&mut *self.pool.get().await?).await?;
        let began = *self.began.get_or_init(|| end);
        let follower = |last| Follower {
            pool: self.pool.clone(),
            log_id,
            live,
            last,
            backlog: VecDeque::new(),
            behind: last < end.max(began),
        };
        Ok(match after {
            None => Start::Resumed(follower(end)),
            Some(c) if c.is_of(log_id) && c.position <= end => Start::Resumed(follower(c.position)),
            Some(_) => Start::Resync(follower(end)),
        })
    }

    async fn read(
        self,
        wake: Arc<Notify>,
        mut own: tokio::sync::watch::Receiver<Position>,
        sequencer: Sequencer,
    ) {
        let mut clock = interval(CLOCK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last = None;
        loop {
            let ticked = tokio::select! {
                _ = wake.notified() => false,
                changed = own.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    false
                }
                _ = clock.tick() => true,
            };
            if ticked {
                self.number_what_others_left(&sequencer).await;
            }
            if let Err(error) = self.read_on(&mut last).await {
                warn!(%error, "live updates pause until the database answers");
                sleep(CLOCK).await;
            }
        }
    }

    /// A process that died between its commit and its numbering leaves events without a position.
    async fn number_what_others_left(&self, sequencer: &Sequencer) {
        let Ok(mut conn) = self.pool.get().await else { return };
        let waiting =
            diesel::select(diesel::dsl::exists(events::table.filter(events::position.is_null())))
                .get_result(&mut conn)
                .await
                .unwrap_or(false);
        drop(conn);
        if waiting {
            let _ = sequencer.settle().await;
        }
    }

    async fn read_on(&self, last: &mut Option<Position>) -> Result<()> {
        let mut conn = self.pool.get().await?;
        let mut position = match *last {
            Some(position) => position,
            None => {
                let end = log::mark(&mut conn).await?.1;
                *self.began.get_or_init(|| end)
            }
        };
        loop {
            let page = log::read(&mut conn, position, PAGE).await?;
            let is_full = page.len() as i64 == PAGE;
            for event in page {
                position = event.position;
                // Nobody listening is no error: the log keeps everything.
                let _ = self.live.send(Arc::new(event));
            }
            *last = Some(position);
            if !is_full {
                return Ok(());
            }
        }
    }
}

async fn listen(client: redis::Client, channel: String, wake: Arc<Notify>) {
    loop {
        match client.get_async_pubsub().await {
            Ok(mut pubsub) => {
                if pubsub.subscribe(&channel).await.is_ok() {
                    info!("listening to Redis");
                    let mut messages = pubsub.on_message();
                    wake.notify_one();
                    while messages.next().await.is_some() {
                        wake.notify_one();
                    }
                }
                warn!("Redis connection lost; reading the log by the clock");
            }
            Err(error) => warn!(%error, "Redis is away; reading the log by the clock"),
        }
        sleep(CLOCK).await;
    }
}

/// One subscriber's place in the log.
pub struct Follower {
    pool: Pool,
    log_id: LogId,
    live: broadcast::Receiver<Arc<LogEvent>>,
    last: Position,
    backlog: VecDeque<Arc<LogEvent>>,
    behind: bool,
}

impl Follower {
    /// Cursor of the last event that [`Follower::next`] returned.
    pub fn cursor(&self) -> Cursor {
        Cursor::new(self.log_id, self.last)
    }

    /// The cursor an event of this log has.
    pub fn cursor_at(&self, position: Position) -> Cursor {
        Cursor::new(self.log_id, position)
    }

    /// The next event, without gap or repetition; waits for it if need be.
    ///
    /// `None` when the process is shutting down. Survives the database being away by waiting.
    pub async fn next(&mut self) -> Option<Arc<LogEvent>> {
        loop {
            if let Some(event) = self.backlog.pop_front() {
                self.last = event.position;
                return Some(event);
            }
            if self.behind {
                self.catch_up().await;
                continue;
            }
            match self.live.recv().await {
                Ok(event) if event.position <= self.last => {}
                Ok(event) if event.position == self.last + 1 => {
                    self.last = event.position;
                    return Some(event);
                }
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => self.behind = true,
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    async fn catch_up(&mut self) {
        match self.read_page().await {
            Ok(page) => {
                self.behind = page.len() as i64 == PAGE;
                self.backlog.extend(page.into_iter().map(Arc::new));
            }
            Err(error) => {
                warn!(%error, "a subscriber waits for the database");
                sleep(CLOCK).await;
            }
        }
    }

    async fn read_page(&self) -> Result<Vec<LogEvent>> {
        log::read(&mut *self.pool.get().await?, self.last, PAGE).await
    }
}

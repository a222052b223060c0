//! Fans the log out to this process's subscribers.
//!
//! Each process reads every event once, in log order, and hands the same `Arc` to all followers.
//! It is woken by its own verbs, by Redis, and by a clock once a second, so with Redis away a
//! change made elsewhere arrives late but arrives. The [`Heartbeat`] travels the same way. A follower that falls more than [`BUFFER`] events
//! behind, or starts from an old cursor, reads the table from its own position until it has caught
//! up; positions without gaps tell it that nothing is missing.

use futures::StreamExt;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, broadcast, watch};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tracing::{info, warn};

use super::announcer::{News, open};
use super::{Announcer, CLOCK, Cursor, Heartbeat, LogEvent, Position, Sequencer, heartbeat, log};
use crate::Timestamp;
use crate::db::Pool;
use crate::error::{Error, Result};
use crate::ids::LogId;
use crate::metrics::{Stage, observe_stage};

/// Events kept for followers that are briefly slow.
const BUFFER: usize = 1024;
/// Events read at a time from the table.
const PAGE: i64 = 500;
/// Longest wait of a new follower for the hub's first look at the log.
const START: Duration = Duration::from_secs(3);

#[derive(Clone)]
pub struct Hub {
    pool: Pool,
    live: broadcast::Sender<Arc<LogEvent>>,
    /// `None` until the log was read for the first time.
    end: watch::Sender<Option<Position>>,
    beat: watch::Sender<Option<Heartbeat>>,
}

/// How a subscription begins.
pub enum Start {
    /// From the wanted cursor, or from now when none was given.
    Resumed(Follower),
    /// The cursor belongs to another log, lies before its kept part or after its end: everything
    /// known must be read anew; the follower continues from now.
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
        let (end, _) = watch::channel(None);
        let (beat, _) = watch::channel(None);
        let hub = Self { pool: pool.clone(), live, end, beat };
        let wake = Arc::new(Notify::new());
        tokio::spawn(listen(client, channel.to_owned(), wake.clone()));
        tokio::spawn(hub.clone().read(wake, announcer.subscribe()));
        tokio::spawn(heartbeat::keep(pool, sequencer, announcer.clone()));
        Ok(hub)
    }

    /// Follows the log after `after`, or from its present end.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database is away.
    pub async fn follow(&self, after: Option<Cursor>) -> Result<Start> {
        // Only once the hub knows where it stands: what it broadcasts then begins at or before the
        // mark read below.
        let mut ready = self.end.subscribe();
        let first_look = tokio::time::timeout(START, ready.wait_for(Option::is_some));
        if !first_look.await.is_ok_and(|seen| seen.is_ok()) {
            return Err(Error::Unavailable("the log could not be read yet".into()));
        }
        // Subscribe before looking at the table: what is numbered in between arrives twice, and
        // the second copy is recognised by its position.
        let live = self.live.subscribe();
        let log = log::state(&mut *self.pool.get().await?).await?;
        let end = log.position;
        let follower = |last| Follower {
            pool: self.pool.clone(),
            log_id: log.log_id,
            live,
            began: end,
            last,
            backlog: VecDeque::new(),
            behind: last < end,
            lost: false,
        };
        Ok(match after {
            None => Start::Resumed(follower(end)),
            Some(c) if c.is_of(log.log_id) && (log.kept_after..=end).contains(&c.position) => {
                Start::Resumed(follower(c.position))
            }
            Some(_) => Start::Resync(follower(end)),
        })
    }

    /// Changes whenever the log has grown, for those who want to know only that.
    pub fn end(&self) -> watch::Receiver<Option<Position>> {
        self.end.subscribe()
    }

    /// The newest heartbeat this process received; `None` before the first.
    pub fn heartbeat(&self) -> Option<Heartbeat> {
        *self.beat.borrow()
    }

    /// Changes with every heartbeat.
    pub fn heartbeats(&self) -> watch::Receiver<Option<Heartbeat>> {
        self.beat.subscribe()
    }

    async fn read(self, wake: Arc<Notify>, mut own: watch::Receiver<News>) {
        let mut clock = interval(CLOCK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last = None;
        let mut beat_at = None;
        loop {
            tokio::select! {
                _ = wake.notified() => {}
                changed = own.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
                _ = clock.tick() => {}
            }
            if let Err(error) = self.read_on(&mut last, &mut beat_at).await {
                warn!(error = %error.chain(), "live updates pause until the log can be read");
                sleep(CLOCK).await;
            }
        }
    }

    async fn read_on(
        &self,
        last: &mut Option<Position>,
        beat_at: &mut Option<Timestamp>,
    ) -> Result<()> {
        let begun = Instant::now();
        let mut conn = self.pool.get().await?;
        let log = log::state(&mut conn).await?;
        let end = log.position;
        // Asked after the mark was read: whoever begins to follow from here on reads a later mark
        // and needs nothing before it.
        if self.live.receiver_count() == 0 {
            *last = Some(end);
            self.end.send_replace(*last);
            self.feel_beat(&log, beat_at);
            return Ok(());
        }
        let mut position = last.unwrap_or(end);
        while position < end {
            let page = log::read(&mut conn, position, PAGE).await?;
            let is_full = page.len() as i64 == PAGE;
            for event in page {
                position = event.position;
                observe_stage(Stage::Load, begun.elapsed());
                // Nobody listening is no error: the log keeps everything.
                let _ = self.live.send(Arc::new(event));
            }
            *last = Some(position);
            if !is_full {
                break;
            }
        }
        self.end.send_replace(Some(position));
        if position == end {
            self.feel_beat(&log, beat_at);
        }
        Ok(())
    }

    /// What is there when a process starts may be an old beat: only one that moves counts.
    fn feel_beat(&self, log: &log::State, known: &mut Option<Timestamp>) {
        let is_first = known.is_none();
        if known.replace(log.beat_at) != Some(log.beat_at) && !is_first {
            let cursor = Cursor::new(log.log_id, log.position);
            self.beat.send_replace(Some(Heartbeat::new(log.beat_at, cursor)));
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
    began: Position,
    last: Position,
    backlog: VecDeque<Arc<LogEvent>>,
    behind: bool,
    /// What comes next was pruned before it could be read.
    lost: bool,
}

impl Follower {
    /// Cursor of the last event that [`Follower::next`] returned.
    pub fn cursor(&self) -> Cursor {
        Cursor::new(self.log_id, self.last)
    }

    /// Position of the last event that [`Follower::next`] returned.
    pub fn position(&self) -> Position {
        self.last
    }

    /// End of the log when this follower began.
    pub fn began(&self) -> Position {
        self.began
    }

    /// The cursor an event of this log has.
    pub fn cursor_at(&self, position: Position) -> Cursor {
        Cursor::new(self.log_id, position)
    }

    /// The next event, without gap or repetition; waits for it if need be.
    ///
    /// `None` when the process is shutting down, or when the part of the log that comes next was
    /// pruned; who asks again with the cursor is then told to read anew. Survives the database being
    /// away by waiting.
    pub async fn next(&mut self) -> Option<Arc<LogEvent>> {
        loop {
            if self.lost {
                return None;
            }
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
                self.lost = page.first().is_some_and(|event| event.position != self.last + 1);
                self.behind = page.len() as i64 == PAGE;
                self.backlog.extend(page.into_iter().map(Arc::new));
            }
            Err(error) => {
                warn!(error = %error.chain(), "a subscriber waits for the log");
                sleep(CLOCK).await;
            }
        }
    }

    async fn read_page(&self) -> Result<Vec<LogEvent>> {
        log::read(&mut *self.pool.get().await?, self.last, PAGE).await
    }
}

//! Tells every process that the log has grown.
//!
//! An announcement carries only the new end of the log. Readers look into the table again, so a
//! lost, repeated or late announcement costs time, never an event.

use redis::AsyncCommands;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tracing::{info, warn};

use super::Position;
use crate::error::{Error, Result};
use crate::metrics::{Stage, observe_stage};

/// Wakes this process's readers at once and the other processes' through Redis pub/sub.
#[derive(Clone)]
pub struct Announcer {
    news: watch::Sender<News>,
}

/// What there is to look for in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct News {
    end: Position,
    beats: u64,
}

impl Announcer {
    /// Starts publishing to `channel`. Redis may be away: publishing is retried with the newest end.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the URL cannot be read.
    pub fn start(redis_url: &str, channel: &str) -> Result<Self> {
        let client = open(redis_url)?;
        let (news, mut unsent) = watch::channel(News::default());
        let channel = channel.to_owned();
        tokio::spawn(async move {
            let mut connection = None;
            let mut told = 0;
            while unsent.changed().await.is_ok() {
                let begun = Instant::now();
                let end = unsent.borrow_and_update().end;
                let is_sent = publish(&client, &mut connection, &channel, end).await;
                if is_sent && end > told {
                    observe_stage(Stage::Publish, begun.elapsed());
                    told = end;
                }
            }
        });
        Ok(Self { news })
    }

    /// Never blocks; announcements made while one is being sent are merged into the newest.
    pub fn announce(&self, end: Position) {
        self.news.send_if_modified(|last| {
            let is_news = end > last.end;
            last.end = end.max(last.end);
            is_news
        });
    }

    /// Announces a heartbeat, whether the log has grown or not.
    pub(super) fn announce_beat(&self, end: Position) {
        self.news.send_modify(|last| {
            last.end = end.max(last.end);
            last.beats += 1;
        });
    }

    /// The furthest end this process has announced itself.
    pub fn end(&self) -> Position {
        self.news.borrow().end
    }

    /// Follows this process's own announcements, which need no Redis.
    pub(super) fn subscribe(&self) -> watch::Receiver<News> {
        self.news.subscribe()
    }
}

async fn publish(
    client: &redis::Client,
    connection: &mut Option<ConnectionManager>,
    channel: &str,
    end: Position,
) -> bool {
    if connection.is_none() {
        *connection = manager(client).await;
    }
    let Some(open) = connection else { return false };
    let sent = open.publish::<_, _, ()>(channel, end).await;
    if let Err(error) = &sent {
        // The manager reconnects by itself; other processes find the events by their own clock.
        warn!(%error, "announcement not sent");
    }
    sent.is_ok()
}

async fn manager(client: &redis::Client) -> Option<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(1)
        .set_connection_timeout(Some(Duration::from_secs(1)))
        .set_response_timeout(Some(Duration::from_secs(1)));
    match ConnectionManager::new_with_config(client.clone(), config).await {
        Ok(manager) => {
            info!("announcing through Redis");
            Some(manager)
        }
        Err(error) => {
            warn!(%error, "Redis is away; other processes learn of changes up to a second later");
            None
        }
    }
}

/// # Errors
/// [`Error::Invalid`] when the URL cannot be read.
pub(super) fn open(redis_url: &str) -> Result<redis::Client> {
    redis::Client::open(redis_url)
        .map_err(|e| Error::invalid("redisUrl", format!("is not a Redis URL: {e}")))
}

//! Presence in Redis: reading it, and the one script that changes it.

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{FromRedisValue, RedisResult, Script, Value, from_redis_value};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;
use tracing::debug;

use super::list::{Entry, entries};
use super::{Activity, ClientId, PresenceTimes};
use crate::error::{Error, Result};
use crate::ids::{TicketId, UserId};

/// Longest wait for Redis; nobody should wait for a nicety.
const WAIT: Duration = Duration::from_millis(500);
/// How long Redis is left alone after it did not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// Most clients on one ticket; further ones are not recorded.
const MOST_CLIENTS: usize = 500;

/// What happens to a client's entry.
#[derive(Debug, Clone, Copy)]
pub(super) enum Deed {
    /// The client says what it does.
    Say(Activity),
    /// A stream begins; the client counts as doing this.
    Open(Activity),
    /// A stream is still open. Neither ends typing nor shows a client that said it is gone.
    Renew,
    /// A stream has ended.
    Close,
}

impl Deed {
    fn name(self) -> &'static str {
        match self {
            Self::Say(Activity::Viewing) | Self::Open(Activity::Viewing) => "view",
            Self::Say(Activity::Typing) | Self::Open(Activity::Typing) => "type",
            Self::Say(Activity::Gone) | Self::Open(Activity::Gone) => "leave",
            Self::Renew => "renew",
            Self::Close => "close",
        }
    }
}

/// One tab on one ticket, and the open stream that speaks for it.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub ticket: TicketId,
    pub user: UserId,
    pub id: ClientId,
    /// Unique name of the stream; `-` when there is none.
    pub holder: String,
}

/// The connection to Redis, shared by all of a process.
#[derive(Clone)]
pub(super) struct Store {
    redis: ConnectionManager,
    script: Arc<Script>,
    /// The desk's channel: keys and channel of presence begin with it.
    name: Arc<str>,
    times: PresenceTimes,
    away_until: Arc<Mutex<Option<Instant>>>,
}

impl Store {
    /// Connects when it is first asked for something.
    ///
    /// # Errors
    /// [`Error::Internal`] when the client cannot be set up.
    pub fn new(client: redis::Client, channel: &str, times: PresenceTimes) -> Result<Self> {
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(WAIT))
            .set_response_timeout(Some(WAIT));
        let redis =
            ConnectionManager::new_lazy_with_config(client, config).map_err(Error::internal)?;
        Ok(Self {
            redis,
            script: Arc::new(Script::new(include_str!("change.lua"))),
            name: channel.into(),
            times,
            away_until: Arc::default(),
        })
    }

    pub fn times(&self) -> PresenceTimes {
        self.times
    }

    /// Where changes are published, as the ticket's id.
    pub fn channel(&self) -> String {
        format!("{}:presence", self.name)
    }

    fn key(&self, ticket: TicketId) -> String {
        format!("{}:presence:{ticket}", self.name)
    }

    /// Changes one client and reads its ticket; `None` when Redis does not answer.
    pub async fn change(&self, client: &Client, deed: Deed) -> Option<Vec<Entry>> {
        let holder = if matches!(deed, Deed::Say(_)) { "-" } else { &client.holder };
        let ms = |time: Duration| time.as_millis() as u64;
        let mut call = self.script.key(self.key(client.ticket));
        let call = &*call
            .arg(self.channel())
            .arg(client.ticket.to_string())
            .arg(format!("{}:{}", client.user, client.id.0))
            .arg(deed.name())
            .arg(holder)
            .arg(ms(self.times.viewing))
            .arg(ms(self.times.typing))
            .arg(MOST_CLIENTS);
        let answer: Option<(u64, HashMap<String, String>)> =
            self.ask(|mut redis| async move { call.invoke_async(&mut redis).await }).await;
        answer.map(|(now_ms, hash)| entries(now_ms, hash))
    }

    /// Reads several tickets in one round trip; `None` when Redis does not answer.
    pub async fn read(&self, tickets: &[TicketId]) -> Option<HashMap<TicketId, Vec<Entry>>> {
        let mut pipeline = redis::pipe();
        pipeline.cmd("TIME");
        for ticket in tickets {
            pipeline.hgetall(self.key(*ticket));
        }
        let pipeline = &pipeline;
        let answers: Vec<Value> =
            self.ask(|mut redis| async move { pipeline.query_async(&mut redis).await }).await?;
        let mut answers = answers.into_iter();
        let (s, us): (u64, u64) = from_redis_value(answers.next()?).ok()?;
        let now_ms = s * 1000 + us / 1000;
        let hashes = answers.map(|hash| HashMap::from_redis_value(hash).unwrap_or_default());
        let all = hashes.map(|hash| entries(now_ms, hash));
        Some(tickets.iter().copied().zip(all).collect())
    }

    /// One exchange with Redis. A connection found broken is replaced and asked once more, which is
    /// harmless: every deed has the same effect done twice.
    async fn ask<T, F: Future<Output = RedisResult<T>>>(
        &self,
        exchange: impl Fn(ConnectionManager) -> F,
    ) -> Option<T> {
        if self.away_until().is_some_and(|end| Instant::now() < end) {
            return None;
        }
        let mut outcome = exchange(self.redis.clone()).await;
        if outcome.as_ref().is_err_and(|error| error.is_connection_dropped()) {
            outcome = exchange(self.redis.clone()).await;
        }
        match outcome {
            Ok(answer) => Some(answer),
            Err(error) => {
                debug!(%error, "presence is unknown");
                *self.away_until.lock().expect("nobody panics with the lock") =
                    Some(Instant::now() + PAUSE);
                None
            }
        }
    }

    fn away_until(&self) -> Option<Instant> {
        *self.away_until.lock().expect("nobody panics with the lock")
    }

    /// Redis was just seen to answer: no need to leave it alone any longer.
    pub fn is_back(&self) {
        *self.away_until.lock().expect("nobody panics with the lock") = None;
    }
}

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

    /// One exchange with Redis. A connection found broken is being replaced by then, so it is asked
    /// once more, which is harmless: every deed has the same effect done twice.
    async fn ask<T, F: Future<Output = RedisResult<T>>>(
        &self,
        exchange: impl Fn(ConnectionManager) -> F,
    ) -> Option<T> {
        if self.away_until().is_some_and(|end| Instant::now() < end) {
            return None;
        }
        let mut outcome = exchange(self.redis.clone()).await;
        if outcome.as_ref().is_err_and(|error| error.is_io_error() && !error.is_timeout()) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::list::present;
    use crate::testing::RedisServer;
    use Activity::{Gone, Typing, Viewing};

    fn store(server: &RedisServer) -> Store {
        let redis = redis::Client::open(server.url()).unwrap();
        Store::new(redis, "desk", PresenceTimes::default()).unwrap()
    }

    fn client(holder: &str) -> Client {
        let (ticket, user) = (TicketId(uuid::Uuid::nil()), UserId(uuid::Uuid::nil()));
        Client { ticket, user, id: ClientId("tab".into()), holder: holder.into() }
    }

    /// What a client's entry is after each deed, with two streams that overlap: a page that is opened
    /// anew while the old one still closes.
    #[tokio::test]
    async fn each_deed_changes_what_others_see_as_it_should() {
        let server = RedisServer::start().await;
        let store = store(&server);
        let table: &[(&[(&str, Deed)], Activity)] = &[
            (&[("-", Deed::Say(Viewing))], Viewing),
            (&[("-", Deed::Say(Typing))], Typing),
            (&[("-", Deed::Say(Typing)), ("-", Deed::Say(Viewing))], Viewing),
            (&[("-", Deed::Say(Viewing)), ("-", Deed::Say(Gone))], Gone),
            (&[("-", Deed::Say(Gone))], Gone),
            (&[("a", Deed::Open(Viewing))], Viewing),
            (&[("a", Deed::Open(Typing))], Typing),
            (&[("a", Deed::Open(Viewing)), ("a", Deed::Close)], Gone),
            // A keystroke is not forgotten when the stream is opened anew, nor when it is renewed.
            (&[("-", Deed::Say(Typing)), ("a", Deed::Open(Viewing))], Typing),
            (&[("-", Deed::Say(Typing)), ("a", Deed::Renew)], Typing),
            // Closing takes along what the client said meanwhile.
            (&[("a", Deed::Open(Viewing)), ("-", Deed::Say(Typing)), ("a", Deed::Close)], Gone),
            (
                &[("a", Deed::Open(Viewing)), ("b", Deed::Open(Viewing)), ("a", Deed::Close)],
                Viewing,
            ),
            (
                &[
                    ("a", Deed::Open(Viewing)),
                    ("b", Deed::Open(Viewing)),
                    ("a", Deed::Close),
                    ("b", Deed::Close),
                ],
                Gone,
            ),
            (&[("a", Deed::Close)], Gone),
            // Redis has forgotten the client.
            (&[("a", Deed::Renew)], Viewing),
            (&[("a", Deed::Renew), ("a", Deed::Close)], Gone),
            (&[("a", Deed::Open(Viewing)), ("-", Deed::Say(Gone)), ("a", Deed::Renew)], Gone),
            (
                &[
                    ("a", Deed::Open(Viewing)),
                    ("-", Deed::Say(Gone)),
                    ("a", Deed::Renew),
                    ("-", Deed::Say(Viewing)),
                ],
                Viewing,
            ),
        ];
        for (deeds, expected) in table {
            let mut last = Vec::new();
            for (holder, deed) in *deeds {
                last = store.change(&client(holder), *deed).await.unwrap();
            }
            let seen = present(&last, Instant::now());
            let found = seen.first().map_or(Gone, |person| person.activity);
            assert_eq!(found, *expected, "{deeds:?}");
            let read = store.read(&[client("-").ticket]).await.unwrap();
            assert_eq!(present(&read[&client("-").ticket], Instant::now()).len(), seen.len());
            let mut redis = store.redis.clone();
            let _: () = redis::cmd("FLUSHALL").query_async(&mut redis).await.unwrap();
        }
    }

    #[tokio::test]
    async fn nothing_is_published_but_what_others_see() {
        let server = RedisServer::start().await;
        let store = store(&server);
        for (holder, deed, published) in [
            ("a", Deed::Open(Viewing), 1),
            ("a", Deed::Renew, 1),
            ("-", Deed::Say(Viewing), 1),
            ("-", Deed::Say(Typing), 2),
            ("-", Deed::Say(Typing), 2),
            ("-", Deed::Say(Gone), 3),
            ("a", Deed::Renew, 3),
            ("a", Deed::Close, 3),
        ] {
            store.change(&client(holder), deed).await.unwrap();
            assert_eq!(server.calls("publish").await, published, "{deed:?}");
        }
    }

    #[tokio::test]
    async fn keys_expire_and_a_ticket_has_a_limit() {
        let server = RedisServer::start().await;
        let store = store(&server);
        for n in 0..MOST_CLIENTS + 5 {
            let one = Client { id: ClientId(format!("tab-{n}")), ..client("-") };
            store.change(&one, Deed::Say(Viewing)).await.unwrap();
        }
        let known = store.change(&client("-"), Deed::Say(Gone)).await.unwrap();
        assert_eq!(known.len(), MOST_CLIENTS);
        let known = store.change(&client("-"), Deed::Say(Viewing)).await.unwrap();
        assert_eq!(known.len(), MOST_CLIENTS);
        let mut redis = store.redis.clone();
        let key = store.key(client("-").ticket);
        let ttl: u64 = redis::cmd("PTTL").arg(key).query_async(&mut redis).await.unwrap();
        assert!((1..=15_000).contains(&ttl), "{ttl}");
    }
}

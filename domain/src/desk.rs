//! The parts a running program shares: database, event log, live hub, presence.

use crate::db::{Pool, Pooled};
use crate::error::{Error, Result};
use crate::events::{Announcer, Cursor, Hub, Sequencer, log_id};
use crate::ids::{LogId, UserId};
use crate::presence::{PresenceHub, PresenceTimes};
use crate::remembered::Followed;
use crate::sessions::{AttemptLimit, Authenticated, KnownCallers};
use crate::tickets::Exchange;
use crate::users::{Directory, User};
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

#[derive(Debug, Clone)]
pub struct DeskConfig {
    /// `mysql://…`, see [`Pool::new`].
    pub database_url: String,
    /// `redis://…` or `redis+unix:///path`.
    pub redis_url: String,
    /// Most database connections this process opens.
    pub max_connections: usize,
    /// Redis channel of announcements; desks that share a Redis server need different ones.
    pub channel: String,
    /// When the server ends a statement of this process that still runs; `None` for never.
    pub statement_limit: Option<Duration>,
}

/// One process's handle on the desk; cheap to clone.
#[derive(Clone)]
pub struct Desk {
    pub pool: Pool,
    pub announcer: Announcer,
    pub sequencer: Sequencer,
    pub hub: Hub,
    pub presence: PresenceHub,
    pub sign_in_attempts: AttemptLimit,
    known_callers: KnownCallers,
    directory: Directory,
    redis: redis::Client,
    log_id: Arc<OnceCell<LogId>>,
    exchange: Arc<OnceCell<Exchange>>,
}

impl Desk {
    /// Starts the background tasks. Database and Redis may be away: both are retried.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when a URL cannot be read.
    pub fn start(config: &DeskConfig) -> Result<Self> {
        let pool = Pool::new(&config.database_url, config.max_connections, config.statement_limit)?;
        let announcer = Announcer::start(&config.redis_url, &config.channel)?;
        let sequencer = Sequencer::start(pool.clone(), announcer.clone());
        let hub = Hub::start(
            pool.clone(),
            &config.redis_url,
            &config.channel,
            &announcer,
            sequencer.clone(),
        )?;
        let redis = redis::Client::open(config.redis_url.as_str())
            .map_err(|e| Error::invalid("redisUrl", format!("is not a Redis URL: {e}")))?;
        let sign_in_attempts = AttemptLimit::new(redis.clone(), &config.channel);
        let (channel, times) = (&config.channel, PresenceTimes::default());
        let presence = PresenceHub::start(redis.clone(), channel, hub.clone(), times)?;
        Ok(Self {
            pool,
            announcer,
            sequencer,
            hub,
            presence,
            sign_in_attempts,
            known_callers: KnownCallers::default(),
            directory: Directory::default(),
            redis,
            log_id: Arc::default(),
            exchange: Arc::default(),
        })
    }

    /// # Errors
    /// [`crate::Error::Unavailable`] when the database is away.
    pub async fn conn(&self) -> Result<Pooled> {
        self.pool.get().await
    }

    /// Gives everything committed so far its place in the log and announces it.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the database is away; nothing is lost.
    pub async fn settle(&self) -> Result<Cursor> {
        let position = self.sequencer.settle().await?;
        Ok(Cursor::new(self.log_id().await?, position))
    }

    /// Whom a session secret or an API token stands for.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for unknown, ended and revoked secrets and inactive users alike;
    /// [`Error::Unavailable`] when the database is away.
    pub async fn authenticate(&self, secret: &SecretString) -> Result<Authenticated> {
        self.known_callers.authenticate(&self.pool, self.followed().await?, secret).await
    }

    /// A user as remembered by this process, where that is safe; says nothing of whether there is one.
    pub fn known_user(&self, id: UserId) -> Option<User> {
        let exchange = self.exchange.get()?;
        let log = Followed { hub: &self.hub, announcer: &self.announcer, exchange };
        self.directory.recall(log, id)
    }

    /// Several users at once, in no order; missing ids are left out. What another process changed in
    /// the last milliseconds may not be seen yet.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the database is away.
    pub async fn users(&self, ids: &[UserId]) -> Result<Vec<User>> {
        self.directory.find_many(&self.pool, self.followed().await?, ids).await
    }

    /// Where live queues and tickets are shared; begins with the first call.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the database is away.
    pub async fn exchange(&self) -> Result<&Exchange> {
        self.exchange.get_or_try_init(async || Exchange::start(self.hub.clone()).await).await
    }

    /// Whether the database answers.
    pub async fn ping_database(&self) -> bool {
        let Ok(mut conn) = self.conn().await else { return false };
        log_id(&mut conn).await.is_ok()
    }

    /// Whether Redis answers within a second.
    pub async fn ping_redis(&self) -> bool {
        let ping = async {
            let mut conn = self.redis.get_multiplexed_async_connection().await?;
            redis::cmd("PING").query_async::<String>(&mut conn).await
        };
        matches!(tokio::time::timeout(Duration::from_secs(1), ping).await, Ok(Ok(_)))
    }

    async fn followed(&self) -> Result<Followed<'_>> {
        let exchange = self.exchange().await?;
        Ok(Followed { hub: &self.hub, announcer: &self.announcer, exchange })
    }

    async fn log_id(&self) -> Result<LogId> {
        self.log_id.get_or_try_init(async || log_id(&mut *self.conn().await?).await).await.copied()
    }
}

//! A pool of connections to one database.

use deadpool::managed::{Manager, Metrics, Object, RecycleError, RecycleResult};
use diesel::connection::{Instrumentation, InstrumentationEvent, get_default_instrumentation};
use diesel_async::pooled_connection::PoolError;
use diesel_async::{AsyncConnection, SimpleAsyncConnection, TransactionManager};
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{Conn, check_url, establish, limit_statements};
use crate::error::{Error, Result};
use crate::metrics::observe_pool_wait;

/// Longest wait for a free or new connection before answering [`Error::Unavailable`].
const WAIT: Duration = Duration::from_secs(3);
/// A connection that was used in this time is taken for sound.
const SOUND: Duration = Duration::from_millis(500);
/// After a connection was lost, all are asked before they are used, for this time.
const DOUBT: Duration = Duration::from_secs(10);
/// When a connection of this process was last lost.
static LOST_AT: Mutex<Option<Instant>> = Mutex::new(None);

/// A pool of connections to one database.
#[derive(Clone)]
pub struct Pool(deadpool::managed::Pool<Connections>);

/// How a [`Pool`] stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolLoad {
    /// Open connections, lent or not.
    pub connections: usize,
    /// Open connections that nobody has.
    pub idle: usize,
    /// Tasks that wait for one.
    pub waiting: usize,
    pub max_connections: usize,
}

/// A connection on loan; goes back when it is dropped.
pub struct Pooled(Object<Connections>);

impl Pool {
    /// Connects lazily: a database that is away is noticed at the first [`Pool::get`].
    ///
    /// `url` is `mysql://user:password@host:port/database`, or with a Unix socket
    /// `mysql://user@localhost/database?socket=/path/to.sock`.
    ///
    /// A statement that still runs after `statement_limit` is ended by the server, MySQL does so with
    /// `SELECT` only: whoever gives up waiting drops the connection, which the server does not notice
    /// before it has an answer to send.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the URL cannot be read.
    pub fn new(
        url: &str,
        max_connections: usize,
        statement_limit: Option<Duration>,
    ) -> Result<Self> {
        check_url(url)?;
        let pool =
            deadpool::managed::Pool::builder(Connections { url: url.to_owned(), statement_limit })
                .max_size(max_connections)
                .wait_timeout(Some(WAIT))
                .create_timeout(Some(WAIT))
                .recycle_timeout(Some(WAIT))
                .runtime(deadpool::Runtime::Tokio1)
                .build()
                .map_err(Error::internal)?;
        Ok(Self(pool))
    }

    /// # Errors
    /// [`Error::Unavailable`] when the database does not answer within three seconds.
    pub async fn get(&self) -> Result<Pooled> {
        let begun = Instant::now();
        let outcome = self.0.get().await;
        observe_pool_wait(begun.elapsed());
        outcome.map(Pooled).map_err(|e| Error::Unavailable(e.into()))
    }

    /// How the pool stands at this moment.
    pub fn load(&self) -> PoolLoad {
        let status = self.0.status();
        PoolLoad {
            connections: status.size,
            idle: status.available,
            waiting: status.waiting,
            max_connections: status.max_size,
        }
    }
}

impl Deref for Pooled {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.0.conn
    }
}

impl DerefMut for Pooled {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0.conn
    }
}

/// Remembers that a connection was lost, so that the others are asked before they are used.
pub(super) fn doubt_connections() {
    *LOST_AT.lock().expect("nobody panics with the lock") = Some(Instant::now());
}

/// Opens connections, and decides which ones are fit to be lent again.
pub struct Connections {
    url: String,
    statement_limit: Option<Duration>,
}

/// A connection that knows how its last statement went.
pub struct Watched {
    conn: Conn,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// A statement is under way.
    is_busy: AtomicBool,
    /// A statement failed since the connection was last asked whether it is sound.
    has_failed: AtomicBool,
}

impl Manager for Connections {
    type Type = Watched;
    type Error = PoolError;

    async fn create(&self) -> std::result::Result<Watched, Self::Error> {
        let mut conn = establish(&self.url).await.map_err(PoolError::ConnectionError)?;
        if let Some(limit) = self.statement_limit {
            limit_statements(&mut conn, limit).await.map_err(PoolError::QueryError)?;
        }
        let state = Arc::<State>::default();
        let inner = get_default_instrumentation();
        conn.set_instrumentation(Watch { state: state.clone(), inner });
        Ok(Watched { conn, state })
    }

    /// A connection whose statement was given up before its answer came would take that answer for
    /// the next statement's: it is closed. One that has rested, or whose statement failed, is asked
    /// whether it is still there; a busy pool asks next to nothing.
    async fn recycle(
        &self,
        watched: &mut Watched,
        metrics: &Metrics,
    ) -> RecycleResult<Self::Error> {
        let conn = &mut watched.conn;
        if watched.state.is_busy.load(Ordering::Acquire) || is_in_transaction(conn) {
            return Err(RecycleError::message("given up in the middle of a statement"));
        }
        let lost_at = *LOST_AT.lock().expect("nobody panics with the lock");
        let is_doubtful = lost_at.is_some_and(|at| at.elapsed() < DOUBT);
        let has_failed = watched.state.has_failed.swap(false, Ordering::AcqRel);
        if metrics.last_used() < SOUND && !is_doubtful && !has_failed {
            return Ok(());
        }
        conn.batch_execute("DO 1")
            .await
            .map_err(|e| RecycleError::Backend(PoolError::QueryError(e)))
    }
}

type Transactions = <Conn as AsyncConnection>::TransactionManager;

fn is_in_transaction(conn: &mut Conn) -> bool {
    let status = Transactions::transaction_manager_status_mut(conn);
    !matches!(status.transaction_depth(), Ok(None))
}

/// Notes when a statement begins and how it ends.
struct Watch {
    state: Arc<State>,
    /// What the process watches all connections with.
    inner: Option<Box<dyn Instrumentation>>,
}

impl Instrumentation for Watch {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match &event {
            InstrumentationEvent::StartQuery { .. } => {
                self.state.is_busy.store(true, Ordering::Release);
            }
            InstrumentationEvent::FinishQuery { error, .. } => {
                self.state.is_busy.store(false, Ordering::Release);
                if error.is_some() {
                    self.state.has_failed.store(true, Ordering::Release);
                }
            }
            _ => {}
        }
        if let Some(inner) = &mut self.inner {
            inner.on_connection_event(event);
        }
    }
}

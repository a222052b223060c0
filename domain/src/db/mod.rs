//! Connections, transactions and migrations.

mod fixed;
pub mod migrations;
pub mod schema;
pub mod types;
mod unique;

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::pooled_connection::deadpool::{Object, Pool as DeadPool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::{AsyncConnection, AsyncMysqlConnection, SimpleAsyncConnection};
use futures::FutureExt;
use std::time::Duration;

pub(crate) use fixed::{Bind, Fixed};
pub use unique::violated_key;

use crate::error::{Error, Result};

/// One database connection; every domain function takes it first.
pub type Conn = AsyncMysqlConnection;

/// Longest wait for a free or new connection before answering [`Error::Unavailable`].
const WAIT: Duration = Duration::from_secs(3);

/// A pool of connections to one database.
#[derive(Clone)]
pub struct Pool(DeadPool<Conn>);

impl Pool {
    /// Connects lazily: a database that is away is noticed at the first [`Pool::get`].
    ///
    /// `url` is `mysql://user:password@host:port/database`, or with a Unix socket
    /// `mysql://user@localhost/database?socket=/path/to.sock`.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the URL cannot be read.
    pub fn new(url: &str, max_connections: usize) -> Result<Self> {
        check_url(url)?;
        let mut config = ManagerConfig::default();
        config.custom_setup = Box::new(|url| establish(url).boxed());
        let manager = AsyncDieselConnectionManager::<Conn>::new_with_config(url, config);
        let pool = DeadPool::builder(manager)
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
    pub async fn get(&self) -> Result<Object<Conn>> {
        self.0.get().await.map_err(|e| Error::Unavailable(e.into()))
    }
}

fn check_url(url: &str) -> Result<()> {
    let parsed = url::Url::parse(url)
        .map_err(|e| Error::invalid("databaseUrl", format!("is not a URL: {e}")))?;
    if parsed.scheme() != "mysql" {
        let scheme = parsed.scheme();
        return Err(Error::invalid(
            "databaseUrl",
            format!("must start with mysql://, got {scheme}://"),
        ));
    }
    Ok(())
}

/// Opens one connection outside any pool.
///
/// # Errors
/// [`diesel::ConnectionError`] when the server refuses or is away.
pub async fn establish(url: &str) -> diesel::ConnectionResult<Conn> {
    let mut conn = Conn::establish(url).await?;
    // READ COMMITTED: writers must not take gap locks on the events that wait for a position.
    conn.batch_execute(
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET SESSION sql_mode = \
         'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO'",
    )
    .await
    .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        let away = match &error {
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => true,
            DieselError::DatabaseError(_, info) => {
                // The victim of a deadlock was rolled back whole and may simply be sent again.
                unique::is_deadlock(&error) || unique::says_connection_lost(info.message())
            }
            DieselError::BrokenTransactionManager => true,
            _ => false,
        };
        if away { Self::Unavailable(error.into()) } else { Self::Internal(error.into()) }
    }
}

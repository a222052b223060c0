//! Connections, transactions and migrations.

mod fixed;
pub mod migrations;
mod one_of;
pub(crate) mod pattern;
mod pool;
pub mod schema;
pub mod types;
mod unique;

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::{AsyncConnection, AsyncMysqlConnection, SimpleAsyncConnection};

pub(crate) use fixed::{Bind, Fixed};
pub(crate) use one_of::one_of;
pub use pool::{Pool, PoolLoad, Pooled};
pub use unique::{violated_key, violated_reference};

use crate::error::{Error, Result};
use std::time::Duration;

/// One database connection; every domain function takes it first.
pub type Conn = AsyncMysqlConnection;

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

/// Lets the server end each later statement of the connection after `limit`, at least a second. MariaDB
/// counts in seconds and reads `/*M!`, MySQL in milliseconds and for `SELECT` alone.
async fn limit_statements(conn: &mut Conn, limit: Duration) -> diesel::QueryResult<()> {
    let (s, ms) = (limit.as_secs().max(1), limit.as_millis().max(1000));
    let sql = format!(
        "SET SESSION lock_wait_timeout = @@SESSION.lock_wait_timeout \
         /*M! , max_statement_time = {s} */ /*!80000 , max_execution_time = {ms} */"
    );
    conn.batch_execute(&sql).await
}

/// Lets all reads of the next transaction see the same moment: a level stricter than usual.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub(crate) async fn read_one_moment(conn: &mut Conn) -> Result<()> {
    Ok(conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?)
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        let lost = match &error {
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => true,
            DieselError::DatabaseError(_, info) => unique::says_connection_lost(info.message()),
            DieselError::BrokenTransactionManager => true,
            _ => false,
        };
        if lost {
            pool::doubt_connections();
        }
        // The victim of a deadlock was rolled back whole and may simply be sent again.
        if lost || unique::is_deadlock(&error) {
            Self::Unavailable(error.into())
        } else {
            Self::Internal(error.into())
        }
    }
}

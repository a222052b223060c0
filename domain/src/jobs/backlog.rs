//! How much work waits, by kind.

use diesel::sql_types::{BigInt, Datetime, Text};
use diesel_async::RunQueryDsl;

use super::JobKind;
use crate::error::Result;
use crate::{Conn, Timestamp};

/// The jobs of one kind.
#[derive(Debug, Clone, PartialEq, Eq, diesel::QueryableByName)]
#[diesel(check_for_backend(diesel::mysql::Mysql))]
pub struct Backlog {
    #[diesel(sql_type = Text)]
    pub kind: JobKind,
    /// Could be done now and nobody has them.
    #[diesel(sql_type = BigInt)]
    pub due: i64,
    /// Being worked on, or waiting for another try.
    #[diesel(sql_type = BigInt)]
    pub later: i64,
    /// Waiting for an admin.
    #[diesel(sql_type = BigInt)]
    pub parked: i64,
}

/// What waits at `now`, for every kind of work.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away.
pub async fn backlog(conn: &mut Conn, now: Timestamp) -> Result<Vec<Backlog>> {
    let mut found: Vec<Backlog> = diesel::sql_query(
        "SELECT kind, \
         CAST(SUM(state = 'ready' AND run_at <= ?) AS SIGNED) AS due, \
         CAST(SUM(state = 'ready' AND run_at > ?) AS SIGNED) AS later, \
         CAST(SUM(state = 'parked') AS SIGNED) AS parked FROM jobs GROUP BY kind",
    )
    .bind::<Datetime, _>(now)
    .bind::<Datetime, _>(now)
    .load(conn)
    .await?;
    for &kind in JobKind::ALL {
        if found.iter().all(|known| known.kind != kind) {
            found.push(Backlog { kind, due: 0, later: 0, parked: 0 });
        }
    }
    Ok(found)
}

//! How much work waits, by kind.

use diesel::sql_types::{BigInt, Datetime, Text};
use diesel_async::RunQueryDsl;

use super::JobKind;
use crate::error::Result;
use crate::{Conn, Timestamp};

/// The jobs of one kind, or of all that this release does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// `None`: the kinds that only another release knows, together.
    pub kind: Option<JobKind>,
    /// Could be done now and nobody has them.
    pub due: i64,
    /// Being worked on, or waiting for another try.
    pub later: i64,
    /// Waiting for an admin.
    pub parked: i64,
}

#[derive(diesel::QueryableByName)]
#[diesel(check_for_backend(diesel::mysql::Mysql))]
struct Row {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    due: i64,
    #[diesel(sql_type = BigInt)]
    later: i64,
    #[diesel(sql_type = BigInt)]
    parked: i64,
}

/// What waits at `now`: one entry for every kind of work, in the order of [`JobKind::ALL`], and the last
/// one for kinds this release does not know.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away.
pub async fn backlog(conn: &mut Conn, now: Timestamp) -> Result<Vec<Backlog>> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT kind, \
         CAST(SUM(state = 'ready' AND run_at <= ?) AS SIGNED) AS due, \
         CAST(SUM(state = 'ready' AND run_at > ?) AS SIGNED) AS later, \
         CAST(SUM(state = 'parked') AS SIGNED) AS parked FROM jobs GROUP BY kind",
    )
    .bind::<Datetime, _>(now)
    .bind::<Datetime, _>(now)
    .load(conn)
    .await?;
    let kinds = JobKind::ALL.iter().copied().map(Some).chain([None]);
    let all = kinds.map(|kind| {
        let of_kind = rows.iter().filter(|row| row.kind.parse().ok() == kind);
        of_kind.fold(Backlog { kind, ..Default::default() }, |sum, row| Backlog {
            due: sum.due + row.due,
            later: sum.later + row.later,
            parked: sum.parked + row.parked,
            ..sum
        })
    });
    Ok(all.collect())
}

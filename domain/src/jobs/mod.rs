//! Work that follows a change: claimed, retried, parked, never lost, never done twice.
//!
//! A verb enqueues a job in its own transaction. A worker claims a batch in a short transaction:
//! the rows are found with `FOR UPDATE SKIP LOCKED`, stamped with the worker's id, and their
//! `run_at` becomes the end of the lease. It then does the work and calls [`complete`] in the very
//! transaction that records the result: `complete` deletes the rows only while they still carry the
//! worker's id, and says `false` when the lease was lost, in which case the result must be rolled
//! back. A worker killed at any point leaves rows whose lease runs out, and the next claim takes
//! them. Failing jobs wait 2, 4, 8 … seconds and are parked after [`MAX_ATTEMPTS`] tries, where an
//! admin sees them and replays or discards each.

mod backlog;
mod discard;
mod lease;
mod retry;

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use crate::db::schema::jobs;
use crate::error::Result;
use crate::ids::{JobId, SubjectId, WorkerId};
use crate::{Conn, Timestamp};

pub use backlog::{Backlog, backlog};
pub use discard::discard;
pub use lease::{find_by_subject, give_back, renew, renew_all, withdraw};
pub use retry::{list_parked, replay};

/// A job is parked after failing this often.
pub const MAX_ATTEMPTS: u16 = 6;

crate::text_enum! {
    /// What this release knows how to do. A release after it may enqueue more beside it: those jobs are
    /// listed and counted, and left to its workers, because [`claim`] takes one kind at a time.
    pub enum JobKind {
        /// Suggest category and priority for the ticket that is the job's subject.
        Suggest = "suggest",
        /// Train the model whose run is the job's subject.
        Train = "train",
    }
}

crate::text_enum! {
    pub enum JobState {
        /// Waiting for `run_at`, or claimed until then.
        Ready = "ready",
        /// Failed too often; waits for an admin.
        Parked = "parked",
    }
}

#[derive(Debug, Clone, PartialEq, HasQuery)]
#[diesel(table_name = jobs)]
pub struct Job {
    pub id: JobId,
    /// As it is stored: the name of a [`JobKind`], or of a kind only another release knows.
    pub kind: String,
    pub subject_id: SubjectId,
    pub state: JobState,
    /// How often the job was claimed so far.
    pub attempts: u16,
    /// Not before this time; while claimed, the end of the lease.
    pub run_at: Timestamp,
    pub last_error: Option<String>,
    pub created_at: Timestamp,
}

#[derive(Insertable)]
#[diesel(table_name = jobs)]
#[diesel(treat_none_as_default_value = false)]
struct NewRow {
    id: JobId,
    kind: JobKind,
    subject_id: SubjectId,
    payload: &'static str,
    state: JobState,
    run_at: Timestamp,
    created_at: Timestamp,
}

/// Enqueues one job for each subject; call inside the transaction that makes the work due.
///
/// # Errors
/// Whatever the database says; the transaction must then be rolled back.
pub async fn enqueue(
    conn: &mut Conn,
    kind: JobKind,
    subjects: impl IntoIterator<Item = SubjectId>,
    now: Timestamp,
) -> Result<()> {
    let row = |subject_id| NewRow {
        id: JobId::new(),
        kind,
        subject_id,
        payload: "{}",
        state: JobState::Ready,
        run_at: now,
        created_at: now,
    };
    let rows: Vec<NewRow> = subjects.into_iter().map(row).collect();
    if let [row] = &rows[..] {
        diesel::insert_into(jobs::table).values(row).execute(conn).await?;
    } else if !rows.is_empty() {
        diesel::insert_into(jobs::table).values(&rows).execute(conn).await?;
    }
    Ok(())
}

/// Takes up to `limit` due jobs of one kind for `lease_s` seconds, longest due first.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away.
pub async fn claim(
    conn: &mut Conn,
    kind: JobKind,
    worker: WorkerId,
    limit: i64,
    lease_s: i64,
) -> Result<Vec<Job>> {
    conn.transaction(async |conn| {
        let now = Timestamp::now();
        let due: Vec<Job> = Job::query()
            .filter(jobs::state.eq(JobState::Ready))
            .filter(jobs::kind.eq(kind))
            .filter(jobs::run_at.le(now))
            .order((jobs::run_at.asc(), jobs::id.asc()))
            .limit(limit)
            .for_update()
            .skip_locked()
            .load(conn)
            .await?;
        let (spent, due): (Vec<Job>, Vec<Job>) =
            due.into_iter().partition(|job| job.attempts >= MAX_ATTEMPTS);
        park(conn, &spent).await?;
        let ids: Vec<JobId> = due.iter().map(|job| job.id).collect();
        diesel::update(jobs::table.filter(jobs::id.eq_any(&ids)))
            .set((
                jobs::claimed_by.eq(worker),
                jobs::run_at.eq(now.plus_seconds(lease_s)),
                jobs::attempts.eq(jobs::attempts + 1),
            ))
            .execute(conn)
            .await?;
        Ok(due)
    })
    .await
}

/// Jobs whose last lease ran out: whoever had them died without a word, perhaps because of them.
async fn park(conn: &mut Conn, spent: &[Job]) -> Result<()> {
    if spent.is_empty() {
        return Ok(());
    }
    let ids: Vec<JobId> = spent.iter().map(|job| job.id).collect();
    diesel::update(jobs::table.filter(jobs::id.eq_any(&ids)))
        .set((
            jobs::state.eq(JobState::Parked),
            jobs::claimed_by.eq(None::<WorkerId>),
            jobs::last_error.eq("the worker did not finish within the lease"),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes finished jobs; `false` when any of them is no longer this worker's.
///
/// Call inside the transaction that records the results and roll it back on `false`: another
/// worker has the job now and will record the same.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away.
pub async fn complete(conn: &mut Conn, worker: WorkerId, done: &[JobId]) -> Result<bool> {
    let deleted = diesel::delete(
        jobs::table.filter(jobs::id.eq_any(done)).filter(jobs::claimed_by.eq(worker)),
    )
    .execute(conn)
    .await?;
    Ok(deleted == done.len())
}

/// Puts a failed job back with a pause that doubles each time, or parks it after the last try.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away; the lease then runs out by itself.
pub async fn fail(conn: &mut Conn, worker: WorkerId, job: JobId, reason: &str) -> Result<()> {
    let held = jobs::table.filter(jobs::id.eq(job)).filter(jobs::claimed_by.eq(worker));
    let attempts: Option<u16> = held.select(jobs::attempts).first(conn).await.optional()?;
    let Some(attempts) = attempts else { return Ok(()) };
    let state = if attempts >= MAX_ATTEMPTS { JobState::Parked } else { JobState::Ready };
    let pause_s = 1_i64 << attempts.min(10);
    diesel::update(held)
        .set((
            jobs::state.eq(state),
            jobs::claimed_by.eq(None::<WorkerId>),
            jobs::run_at.eq(Timestamp::now().plus_seconds(pause_s)),
            jobs::last_error.eq(reason.chars().take(500).collect::<String>()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Jobs that wait or are being worked on.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away.
pub async fn count_ready(conn: &mut Conn, kind: JobKind) -> Result<i64> {
    Ok(jobs::table
        .filter(jobs::state.eq(JobState::Ready))
        .filter(jobs::kind.eq(kind))
        .count()
        .get_result(conn)
        .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_states_round_trip() {
        JobKind::assert_round_trips();
        JobState::assert_round_trips();
    }
}

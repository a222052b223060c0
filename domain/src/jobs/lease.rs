//! Jobs that take longer than a lease, or are not wanted any more.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::{Job, JobKind};
use crate::db::schema::jobs;
use crate::error::Result;
use crate::ids::{JobId, SubjectId, WorkerId};
use crate::{Conn, Timestamp};

/// Holds a claimed job for `lease_s` seconds from now; `false` when it is no longer this worker's.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away.
pub async fn renew(conn: &mut Conn, worker: WorkerId, job: JobId, lease_s: i64) -> Result<bool> {
    let held = jobs::table.filter(jobs::id.eq(job)).filter(jobs::claimed_by.eq(worker));
    let renewed = diesel::update(held)
        .set(jobs::run_at.eq(Timestamp::now().plus_seconds(lease_s)))
        .execute(conn)
        .await?;
    Ok(renewed > 0)
}

/// As [`renew`], for several jobs; `false`, with nothing renewed, when one of them is no longer this worker's.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away.
pub async fn renew_all(
    conn: &mut Conn,
    worker: WorkerId,
    all: &[JobId],
    lease_s: i64,
) -> Result<bool> {
    let renewed = conn
        .transaction(async |conn| {
            let held = jobs::table.filter(jobs::id.eq_any(all)).filter(jobs::claimed_by.eq(worker));
            let until = Timestamp::now().plus_seconds(lease_s);
            let renewed = diesel::update(held).set(jobs::run_at.eq(until)).execute(conn).await?;
            if renewed == all.len() {
                Ok(())
            } else {
                Err(diesel::result::Error::RollbackTransaction)
            }
        })
        .await;
    match renewed {
        Ok(()) => Ok(true),
        Err(diesel::result::Error::RollbackTransaction) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Puts a claimed job back as if it had not been claimed: whoever had it stops and has done nothing
/// of it. Does nothing when the job is no longer this worker's.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away; the lease then runs out by itself.
pub async fn give_back(conn: &mut Conn, worker: WorkerId, job: JobId) -> Result<()> {
    let held = jobs::table.filter(jobs::id.eq(job)).filter(jobs::claimed_by.eq(worker));
    diesel::update(held.filter(jobs::attempts.gt(0)))
        .set((
            jobs::attempts.eq(jobs::attempts - 1),
            jobs::claimed_by.eq(None::<WorkerId>),
            jobs::run_at.eq(Timestamp::now()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes a subject's jobs of one kind, whoever has them; call inside the transaction that makes
/// them needless.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away.
pub async fn withdraw(conn: &mut Conn, kind: JobKind, subject: impl Into<SubjectId>) -> Result<()> {
    let of_subject =
        jobs::table.filter(jobs::subject_id.eq(subject.into())).filter(jobs::kind.eq(kind));
    diesel::delete(of_subject).execute(conn).await?;
    Ok(())
}

/// A subject's job of one kind; `None` when it is done.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away.
pub async fn find_by_subject(
    conn: &mut Conn,
    kind: JobKind,
    subject: impl Into<SubjectId>,
) -> Result<Option<Job>> {
    Ok(Job::query()
        .filter(jobs::subject_id.eq(subject.into()))
        .filter(jobs::kind.eq(kind))
        .first(conn)
        .await
        .optional()?)
}

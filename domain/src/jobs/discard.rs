//! Parked jobs that nobody wants done any more.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use tracing::info;

use super::{Job, JobKind, JobState};
use crate::actor::Scope;
use crate::db::schema::jobs;
use crate::error::{Error, Result};
use crate::ids::JobId;
use crate::metrics::committed;
use crate::models::runs;
use crate::{Actor, Conn};

/// Gives a parked job up for good and answers with what it was. A training whose job it was ends as failed, so
/// that another one can begin. Admins only.
///
/// # Errors
/// [`Error::NotFound`] when no such job is parked; [`Error::Forbidden`].
pub async fn discard(conn: &mut Conn, actor: &Actor, id: JobId) -> Result<Job> {
    actor.require_admin(Scope::Admin)?;
    let job = committed(conn.transaction(async |conn| {
        let parked = jobs::table.filter(jobs::id.eq(id)).filter(jobs::state.eq(JobState::Parked));
        let missing = || Error::not_found("job", "id");
        let job: Job = Job::query()
            .filter(jobs::id.eq(id))
            .filter(jobs::state.eq(JobState::Parked))
            .first(conn)
            .await
            .optional()?
            .ok_or_else(missing)?;
        if job.kind.parse() == Ok(JobKind::Train) {
            // The run before its job, as everywhere. One that was forgotten meanwhile holds nothing up.
            let why = "its job was discarded".to_owned();
            match runs::give_up(conn, actor, job.subject_id.into(), why).await {
                Ok(_) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        // Somebody may have replayed it since it was read.
        match diesel::delete(parked).execute(conn).await? {
            0 => Err(missing()),
            _ => Ok(job),
        }
    }))
    .await?;
    info!(job.id = %job.id, job.kind, job.attempts, "parked job discarded");
    Ok(job)
}

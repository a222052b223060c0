//! Parked jobs: seen and replayed by admins.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Job, JobState};
use crate::actor::Scope;
use crate::db::schema::jobs;
use crate::error::{Error, Result};
use crate::ids::{JobId, WorkerId};
use crate::page::{Page, PageRequest, encode};
use crate::{Actor, Conn, Timestamp};

/// Parked jobs, oldest first. Admins only.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`] for a bad page.
pub async fn list_parked(conn: &mut Conn, actor: &Actor, page: &PageRequest) -> Result<Page<Job>> {
    actor.require_admin(Scope::Admin)?;
    let mut query = Job::query()
        .filter(jobs::state.eq(JobState::Parked))
        .order(jobs::id.asc())
        .limit(page.limit()?)
        .into_boxed();
    if let Some(id) = page.key::<JobId>()? {
        query = query.filter(jobs::id.gt(id));
    }
    Ok(page.page(query.load(conn).await?))
}

impl Job {
    /// Cursor of this row in [`list_parked`].
    pub fn cursor(&self) -> String {
        encode(&self.id)
    }
}

/// Makes a parked job due at once, with all its tries again. Admins only.
///
/// # Errors
/// [`Error::NotFound`] when no such job is parked; [`Error::Forbidden`].
pub async fn replay(conn: &mut Conn, actor: &Actor, id: JobId) -> Result<Job> {
    actor.require_admin(Scope::Admin)?;
    let replayed = diesel::update(
        jobs::table.filter(jobs::id.eq(id)).filter(jobs::state.eq(JobState::Parked)),
    )
    .set((
        jobs::state.eq(JobState::Ready),
        jobs::attempts.eq(0),
        jobs::run_at.eq(Timestamp::now()),
        jobs::claimed_by.eq(None::<WorkerId>),
    ))
    .execute(conn)
    .await?;
    if replayed == 0 {
        return Err(Error::not_found("job", "id"));
    }
    Ok(Job::query().filter(jobs::id.eq(id)).first(conn).await?)
}

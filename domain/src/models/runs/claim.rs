//! A worker takes a run.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::{ModelRun, RunState, complete, lock, open, parked, schedule, unless_lost, write};
use crate::db::schema::model_runs;
use crate::error::Result;
use crate::ids::{JobId, ModelRunId, SubjectId, WorkerId};
use crate::jobs::{self, JobKind};
use crate::suggestions::LabelKind;
use crate::{Actor, Conn, Timestamp};

/// What a worker has in hand while it trains.
#[derive(Debug, Clone)]
pub struct Claim {
    pub run: ModelRun,
    pub(super) job: JobId,
    pub(super) worker: WorkerId,
}

/// Takes the run that has waited longest, for `lease_s` seconds, and sets it to running from the
/// start. `None` when none waits.
///
/// Runs whose workers died too often are ended on the way.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away.
pub async fn claim(conn: &mut Conn, worker: WorkerId, lease_s: i64) -> Result<Option<Claim>> {
    let claimed = jobs::claim(conn, JobKind::Train, worker, 1, lease_s).await?;
    fail_parked(conn).await?;
    let Some(job) = claimed.into_iter().next() else { return Ok(None) };
    let run = unless_lost(
        conn.transaction(async |conn| begin(conn, job.id, worker, job.subject_id).await).await,
    )?;
    Ok(run.flatten().map(|run| Claim { run, job: job.id, worker }))
}

/// `None` for a run that needs no worker any more; its job is gone then.
async fn begin(
    conn: &mut Conn,
    job: JobId,
    worker: WorkerId,
    subject: SubjectId,
) -> Result<Option<ModelRun>, super::Held> {
    let id = ModelRunId::from(subject);
    let kind: LabelKind = model_runs::table
        .filter(model_runs::id.eq(id))
        .select(model_runs::kind)
        .first(conn)
        .await?;
    schedule::lock(conn, kind).await?;
    let mut run = lock(conn, id).await?;
    let (now, desk) = (Timestamp::now(), Actor::system());
    let goes_on = match run.state {
        RunState::Queued | RunState::Running => !run.cancel_requested,
        // An admin replayed its job.
        RunState::Failed => open(conn, kind).await?.is_none(),
        RunState::Succeeded | RunState::Cancelled => false,
    };
    if !goes_on {
        if !run.state.is_over() {
            run.end(RunState::Cancelled, now);
            write(conn, &desk, &run, now).await?;
        }
        let claim = Claim { run, job, worker };
        complete(conn, &claim).await?;
        return Ok(None);
    }
    run.rewind(RunState::Running);
    (run.started_at, run.finished_at, run.error) = (Some(now), None, None);
    write(conn, &desk, &run, now).await?;
    Ok(Some(run))
}

/// Ends runs whose jobs were parked because each worker died with them: failed, unless they were cancelled.
async fn fail_parked(conn: &mut Conn) -> Result<()> {
    let open: Vec<ModelRunId> = model_runs::table
        .filter(model_runs::state.eq_any([RunState::Queued, RunState::Running]))
        .select(model_runs::id)
        .load(conn)
        .await?;
    for id in open {
        let Some(reason) = parked(conn, id).await? else { continue };
        conn.transaction(async |conn| {
            if give_up(conn, &Actor::system(), id, reason).await? == Some(RunState::Cancelled) {
                // Nobody is to replay what was cancelled.
                jobs::withdraw(conn, JobKind::Train, id).await?;
            }
            Ok::<_, crate::Error>(())
        })
        .await?;
    }
    Ok(())
}

/// Ends a run that no worker will take up any more, inside the caller's transaction: failed, or cancelled if
/// somebody asked for that. Says how it ended; `None` when it had ended before.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub(crate) async fn give_up(
    conn: &mut Conn,
    actor: &Actor,
    id: ModelRunId,
    reason: String,
) -> Result<Option<RunState>> {
    let mut run = lock(conn, id).await?;
    if run.state.is_over() {
        return Ok(None);
    }
    let now = Timestamp::now();
    if run.cancel_requested {
        run.end(RunState::Cancelled, now);
    } else {
        run.error = Some(reason);
        run.end(RunState::Failed, now);
    }
    write(conn, actor, &run, now).await?;
    Ok(Some(run.state))
}

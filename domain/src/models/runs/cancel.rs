//! Ending a training before it has made anything.

use diesel_async::AsyncConnection;

use super::{ModelRun, RunState, lock, write};
use crate::actor::Scope;
use crate::error::{ConflictCode, Error, Result};
use crate::ids::ModelRunId;
use crate::jobs::{self, JobKind};
use crate::metrics::committed;
use crate::{Actor, Conn, Timestamp};

/// Ends a queued run at once, a running one within seconds. Asking again changes nothing. Admins
/// only.
///
/// # Errors
/// [`ConflictCode::IllegalTransition`] for a run that has ended; [`Error::NotFound`];
/// [`Error::Forbidden`].
pub async fn cancel(conn: &mut Conn, actor: &Actor, id: ModelRunId) -> Result<ModelRun> {
    actor.require_admin(Scope::Admin)?;
    committed(conn.transaction(async |conn| {
        let mut run = lock(conn, id).await?;
        let now = Timestamp::now();
        match run.state {
            RunState::Queued => {
                run.cancel_requested = true;
                run.end(RunState::Cancelled, now);
                write(conn, actor, &run, now).await?;
                jobs::withdraw(conn, JobKind::Train, id).await?;
            }
            RunState::Running if run.cancel_requested => {}
            RunState::Running => {
                run.cancel_requested = true;
                write(conn, actor, &run, now).await?;
            }
            RunState::Succeeded | RunState::Failed | RunState::Cancelled => {
                let message = format!("this run has ended: it {}", ending(run.state));
                return Err(Error::conflict(ConflictCode::IllegalTransition, "id", message));
            }
        }
        Ok(run)
    }))
    .await
}

fn ending(state: RunState) -> &'static str {
    match state {
        RunState::Cancelled => "was cancelled",
        RunState::Failed => "failed",
        _ => "succeeded",
    }
}

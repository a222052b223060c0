//! How a run ends: each way in one transaction with its job.

use diesel_async::AsyncConnection;

use super::{Claim, Held, ModelRun, RunState, complete, lock, parked, unless_lost, write};
use crate::error::Result;
use crate::models::{self, Comparison, ModelDraft, Then};
use crate::{Actor, Conn, Timestamp, jobs};

/// What a run made; the artefact is in the model store.
#[derive(Debug, Clone)]
pub struct Finished {
    pub draft: ModelDraft,
    /// Of the new version and the champion, as far as there was one.
    pub comparison: Comparison,
    /// Labelled tickets it learned from.
    pub tickets: u32,
    /// Labelled tickets of the whole desk when it read them.
    pub labelled: u32,
}

/// Registers the version a run made, with its validation, and ends the run, all or nothing. The first
/// version of its kind becomes the champion, if the run's options say so. A run that was cancelled in
/// the meantime ends without a version. `false` when another worker has the run by now.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away; the lease then runs out by itself.
pub async fn finish(conn: &mut Conn, claim: &Claim, made: Finished) -> Result<bool> {
    let outcome = conn
        .transaction(async |conn| {
            let mut run = lock(conn, claim.run.id).await?;
            if run.cancel_requested {
                return end(conn, claim, run, RunState::Cancelled).await;
            }
            let actor = run.actor();
            let then = if run.options.promote_when_first { Then::Begin } else { Then::Wait };
            let Finished { draft, comparison, .. } = made;
            let version = models::register_compared(conn, &actor, draft, comparison, then).await?;
            (run.version_id, run.done) = (Some(version.id), 1.0);
            (run.tickets, run.labelled) = (Some(made.tickets), Some(made.labelled));
            end(conn, claim, run, RunState::Succeeded).await
        })
        .await;
    Ok(unless_lost(outcome)?.is_some())
}

/// Ends a run that another try would not mend, as failed unless it was cancelled; `false` when another worker has it by now.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away; the lease then runs out by itself.
pub async fn fail(conn: &mut Conn, claim: &Claim, why: &str) -> Result<bool> {
    let outcome = conn
        .transaction(async |conn| {
            let mut run = lock(conn, claim.run.id).await?;
            if run.cancel_requested {
                return end(conn, claim, run, RunState::Cancelled).await;
            }
            run.error = Some(why.to_owned());
            end(conn, claim, run, RunState::Failed).await
        })
        .await;
    Ok(unless_lost(outcome)?.is_some())
}

/// Ends a run that was cancelled; `false` when another worker has it by now.
///
/// # Errors
/// As [`fail`].
pub async fn cancelled(conn: &mut Conn, claim: &Claim) -> Result<bool> {
    let outcome = conn
        .transaction(async |conn| {
            let run = lock(conn, claim.run.id).await?;
            end(conn, claim, run, RunState::Cancelled).await
        })
        .await;
    Ok(unless_lost(outcome)?.is_some())
}

/// Puts a run back that another try may mend: after a pause that doubles each time, and failed for
/// good after the last try. `false` when another worker has it by now.
///
/// # Errors
/// As [`fail`].
pub async fn retry(conn: &mut Conn, claim: &Claim, why: &str) -> Result<bool> {
    let outcome = conn
        .transaction(async |conn| {
            let mut run = lock(conn, claim.run.id).await?;
            if run.cancel_requested {
                return end(conn, claim, run, RunState::Cancelled).await;
            }
            let now = Timestamp::now();
            require_held(conn, claim).await?;
            jobs::fail(conn, claim.worker, claim.job, why).await?;
            match parked(conn, run.id).await? {
                Some(reason) => {
                    run.error = Some(reason);
                    run.end(RunState::Failed, now);
                }
                None => {
                    run.error = Some(why.to_owned());
                    run.rewind(RunState::Queued);
                }
            }
            write(conn, &Actor::system(), &run, now).await?;
            Ok(())
        })
        .await;
    Ok(unless_lost(outcome)?.is_some())
}

/// Puts a run back at once because its worker ends; no try is spent. `false` when another worker has
/// it by now.
///
/// # Errors
/// As [`fail`].
pub async fn give_back(conn: &mut Conn, claim: &Claim) -> Result<bool> {
    let outcome = conn
        .transaction(async |conn| {
            let mut run = lock(conn, claim.run.id).await?;
            if run.cancel_requested {
                return end(conn, claim, run, RunState::Cancelled).await;
            }
            require_held(conn, claim).await?;
            jobs::give_back(conn, claim.worker, claim.job).await?;
            run.rewind(RunState::Queued);
            write(conn, &Actor::system(), &run, Timestamp::now()).await?;
            Ok(())
        })
        .await;
    Ok(unless_lost(outcome)?.is_some())
}

async fn end(
    conn: &mut Conn,
    claim: &Claim,
    mut run: ModelRun,
    state: RunState,
) -> Result<(), Held> {
    let now = Timestamp::now();
    run.end(state, now);
    write(conn, &Actor::system(), &run, now).await?;
    complete(conn, claim).await
}

async fn require_held(conn: &mut Conn, claim: &Claim) -> Result<(), Held> {
    // Any time will do: it is written again right after.
    if jobs::renew(conn, claim.worker, claim.job, 1).await? { Ok(()) } else { Err(Held::Lost) }
}

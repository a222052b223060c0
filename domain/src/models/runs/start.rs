//! Asking for a training.

use diesel_async::{AsyncConnection, RunQueryDsl};

use super::{ModelRun, Row, RunOptions, RunState, append_event, open, schedule};
use crate::actor::Scope;
use crate::db::schema::model_runs;
use crate::error::{ConflictCode, Error, Result};
use crate::ids::ModelRunId;
use crate::jobs::{self, JobKind};
use crate::metrics::committed;
use crate::suggestions::LabelKind;
use crate::{Actor, Conn, Timestamp};

/// Queues a training of one kind of model. Admins only.
///
/// # Errors
/// [`Error::Invalid`] for bad options; [`ConflictCode::AlreadyRunning`] while another run of the
/// kind is queued or running; [`Error::Forbidden`].
pub async fn start(
    conn: &mut Conn,
    actor: &Actor,
    kind: LabelKind,
    options: RunOptions,
) -> Result<ModelRun> {
    actor.require_admin(Scope::Admin)?;
    options.check()?;
    committed(conn.transaction(async |conn| {
        schedule::lock(conn, kind).await?;
        if let Some(open) = open(conn, kind).await? {
            let message = format!(
                "another run of the {kind} model is {}; wait for it or cancel it",
                open.state
            );
            return Err(Error::conflict(ConflictCode::AlreadyRunning(open.id), "kind", message));
        }
        enqueue(conn, actor, kind, options, Timestamp::now()).await
    }))
    .await
}

/// The new run with its job; call while the kind's schedule is locked and no run is open.
pub(super) async fn enqueue(
    conn: &mut Conn,
    actor: &Actor,
    kind: LabelKind,
    options: RunOptions,
    now: Timestamp,
) -> Result<ModelRun> {
    let run = ModelRun {
        id: ModelRunId::new(),
        kind,
        state: RunState::Queued,
        step: None,
        done: 0.0,
        requested_by: actor.user_id,
        options,
        error: None,
        version_id: None,
        tickets: None,
        labelled: None,
        cancel_requested: false,
        created_at: now,
        started_at: None,
        finished_at: None,
    };
    diesel::insert_into(model_runs::table).values(Row::from(&run)).execute(conn).await?;
    append_event(conn, actor, &run, now).await?;
    jobs::enqueue(conn, JobKind::Train, [run.id.into()], now).await?;
    Ok(run)
}

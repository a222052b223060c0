//! Training runs: asked for through the graph or by the clock, done by a worker.
//!
//! A run is a row with a job of the kind [`JobKind::Train`]. A worker that claims the job sets the
//! run to running, tells how far it is, and holds the job's lease meanwhile. What the run made, its
//! verdict and the end of run and job are one transaction: a worker killed at any point leaves a
//! job whose lease runs out, and the run starts over. One run of a kind is queued or running at a
//! time: who starts one holds the row of the kind's schedule. A run's row is locked before its job.

mod cancel;
mod claim;
mod finish;
mod list;
mod options;
mod report;
mod schedule;
mod start;
mod stream;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::schema::model_runs;
use crate::error::{Error, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent};
use crate::ids::{ModelRunId, ModelVersionId, UserId};
use crate::jobs::{self, JobKind};
use crate::suggestions::LabelKind;
use crate::{Actor, Conn, Timestamp};

pub use cancel::cancel;
pub(crate) use claim::give_up;
pub use claim::{Claim, claim};
pub use finish::{Finished, cancelled, fail, finish, give_back, retry};
pub use list::{find, list};
pub use options::RunOptions;
pub use report::{Order, report};
pub use schedule::{ModelSchedule, ScheduleDraft, schedules, set_schedule, start_due};
pub use start::start;
pub use stream::ModelRunStream;

crate::text_enum! {
    /// Where a training run stands.
    pub enum RunState {
        /// Waits for a worker, for the first or for another try.
        Queued = "queued",
        /// A worker holds it.
        Running = "running",
        /// Made a version.
        Succeeded = "succeeded",
        /// Ended without a version; the run says why.
        Failed = "failed",
        /// A person ended it.
        Cancelled = "cancelled",
    }
}

impl RunState {
    /// Nothing more happens to the run by itself.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

crate::text_enum! {
    /// What a run does at a moment, in this order.
    pub enum RunStep {
        /// Reads the labelled tickets from the database.
        Loading = "loading",
        /// Turns texts into features.
        Reading = "reading",
        /// Fits on the older tickets, and chooses settings on the held-back ones.
        Choosing = "choosing",
        /// Fits on all tickets.
        Fitting = "fitting",
        /// Writes the artefact into the model store.
        Storing = "storing",
        /// Asks the champion about the held-back tickets.
        Comparing = "comparing",
    }
}

/// One training.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRun {
    pub id: ModelRunId,
    pub kind: LabelKind,
    pub state: RunState,
    /// `None` before it began and after it ended.
    pub step: Option<RunStep>,
    /// Share of the whole that is done, 0 to 1.
    pub done: f64,
    /// `None` for the schedule.
    pub requested_by: Option<UserId>,
    pub options: RunOptions,
    /// Why it failed; while queued, why the last try failed.
    pub error: Option<String>,
    /// What it made.
    pub version_id: Option<ModelVersionId>,
    /// Labelled tickets it learned from.
    pub tickets: Option<u32>,
    /// Labelled tickets of the whole desk when it read them.
    pub labelled: Option<u32>,
    /// Ends within seconds.
    pub cancel_requested: bool,
    pub created_at: Timestamp,
    /// When the last try began.
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
}

impl ModelRun {
    /// In whose name the run's version is made.
    pub fn actor(&self) -> Actor {
        Actor { user_id: self.requested_by, ..Actor::system() }
    }

    /// Has nothing of an earlier try.
    fn rewind(&mut self, state: RunState) {
        (self.state, self.step, self.done) = (state, None, 0.0);
    }

    fn end(&mut self, state: RunState, now: Timestamp) {
        (self.state, self.step, self.finished_at) = (state, None, Some(now));
    }
}

#[derive(HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = model_runs)]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
struct Row {
    id: ModelRunId,
    kind: LabelKind,
    state: RunState,
    /// As text: a step of a newer worker must not make the run unreadable.
    step: Option<String>,
    done: f64,
    requested_by: Option<UserId>,
    options: String,
    error: Option<String>,
    version_id: Option<ModelVersionId>,
    tickets: Option<u32>,
    labelled: Option<u32>,
    cancel_requested: bool,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
}

impl Row {
    fn into_run(self) -> Result<ModelRun> {
        Ok(ModelRun {
            id: self.id,
            kind: self.kind,
            state: self.state,
            step: self.step.and_then(|step| step.parse().ok()),
            done: self.done,
            requested_by: self.requested_by,
            options: serde_json::from_str(&self.options).map_err(Error::internal)?,
            error: self.error,
            version_id: self.version_id,
            tickets: self.tickets,
            labelled: self.labelled,
            cancel_requested: self.cancel_requested,
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
        })
    }
}

impl From<&ModelRun> for Row {
    fn from(run: &ModelRun) -> Self {
        Self {
            id: run.id,
            kind: run.kind,
            state: run.state,
            step: run.step.map(|step| step.to_string()),
            done: run.done,
            requested_by: run.requested_by,
            options: serde_json::to_string(&run.options).expect("options are plain values"),
            error: run.error.as_deref().map(|text| text.chars().take(1000).collect()),
            version_id: run.version_id,
            tickets: run.tickets,
            labelled: run.labelled,
            cancel_requested: run.cancel_requested,
            created_at: run.created_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
        }
    }
}

/// The run, locked until the transaction ends.
async fn lock(conn: &mut Conn, id: ModelRunId) -> Result<ModelRun> {
    let row =
        Row::query().filter(model_runs::id.eq(id)).for_update().first(conn).await.optional()?;
    row.ok_or_else(|| Error::not_found("model run", "id"))?.into_run()
}

/// The run of a kind that is queued or running.
async fn open(conn: &mut Conn, kind: LabelKind) -> Result<Option<ModelRun>> {
    let row = Row::query()
        .filter(model_runs::kind.eq(kind))
        .filter(model_runs::state.eq_any([RunState::Queued, RunState::Running]))
        .first(conn)
        .await
        .optional()?;
    row.map(Row::into_run).transpose()
}

/// Writes a locked run back, with its event.
async fn write(conn: &mut Conn, actor: &Actor, run: &ModelRun, now: Timestamp) -> Result<()> {
    let own = model_runs::table.filter(model_runs::id.eq(run.id));
    diesel::update(own).set(Row::from(run)).execute(conn).await?;
    append_event(conn, actor, run, now).await
}

async fn append_event(
    conn: &mut Conn,
    actor: &Actor,
    run: &ModelRun,
    now: Timestamp,
) -> Result<()> {
    let note = Some(format!("training of the {} model: {}", run.kind, run.state));
    let payload = EventPayload { note, ..Default::default() };
    let event = NewEvent::new(EventKind::ModelRunChanged, actor, run.id, now, payload);
    events::append(conn, &[event]).await
}

/// How a transaction ends that a worker may only commit while it has the job.
enum Held {
    /// Another worker has the job by now; nothing may be written.
    Lost,
    Failed(Error),
}

impl From<Error> for Held {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<diesel::result::Error> for Held {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// `None` when the job was lost.
fn unless_lost<T>(outcome: Result<T, Held>) -> Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(Held::Lost) => Ok(None),
        Err(Held::Failed(error)) => Err(error),
    }
}

/// Removes the job of a run that has ended.
async fn complete(conn: &mut Conn, claim: &Claim) -> Result<(), Held> {
    if jobs::complete(conn, claim.worker, &[claim.job]).await? { Ok(()) } else { Err(Held::Lost) }
}

/// Whether the run's job waits for an admin, and why.
async fn parked(conn: &mut Conn, id: ModelRunId) -> Result<Option<String>> {
    let job = jobs::find_by_subject(conn, JobKind::Train, id).await?;
    let job = job.filter(|job| job.state == jobs::JobState::Parked);
    Ok(job.map(|job| {
        let why = job.last_error.unwrap_or_default();
        format!("given up after {} tries; the last one: {why}", jobs::MAX_ATTEMPTS)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_steps_round_trip() {
        RunState::assert_round_trips();
        RunStep::assert_round_trips();
    }

    #[test]
    fn a_run_is_over_when_nothing_more_happens() {
        let over = |state: &&RunState| state.is_over();
        let ended: Vec<_> = RunState::ALL.iter().filter(over).map(|s| s.as_str()).collect();
        assert_eq!(ended, ["succeeded", "failed", "cancelled"]);
    }
}

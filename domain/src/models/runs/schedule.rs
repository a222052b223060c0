//! Training by the clock.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::{ModelRun, RunOptions, RunState, open, start};
use crate::actor::Scope;
use crate::db::schema::{model_runs, model_schedules};
use crate::error::{FieldErrors, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent};
use crate::ids::{ModelRunId, ModelScheduleId, UserId};
use crate::metrics::committed;
use crate::models::training;
use crate::suggestions::LabelKind;
use crate::{Actor, Conn, Timestamp};

/// How soon a due schedule looks again that had too few new labels, or found a run going on.
const LOOK_AGAIN_HOURS: u32 = 1;

/// When one kind of model is trained by itself.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = model_schedules)]
pub struct ModelSchedule {
    pub id: ModelScheduleId,
    pub kind: LabelKind,
    /// Hours from one run to the next, at least.
    pub every_hours: u32,
    /// Tickets whose label people must have given or changed since the last run that succeeded.
    pub minimum_new_labels: u32,
    pub enabled: bool,
    /// When it looks next whether to start a run.
    pub next_run_at: Timestamp,
    /// The last run it started.
    pub last_run_id: Option<ModelRunId>,
    /// Who set it last; `None` as it came.
    pub changed_by: Option<UserId>,
    pub changed_at: Option<Timestamp>,
}

/// A schedule as an admin sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduleDraft {
    /// 1 to 8760, which is a year.
    pub every_hours: u32,
    /// 1 to 1,000,000.
    pub minimum_new_labels: u32,
    pub enabled: bool,
}

impl ScheduleDraft {
    fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        if !(1..=8760).contains(&self.every_hours) {
            errors.add("everyHours", format!("must be 1 to 8760, got {}", self.every_hours));
        }
        if !(1..=1_000_000).contains(&self.minimum_new_labels) {
            let message = format!("must be 1 to 1000000, got {}", self.minimum_new_labels);
            errors.add("minimumNewLabels", message);
        }
        errors.into_result()
    }
}

/// The schedules of all kinds. Admins only.
///
/// # Errors
/// [`crate::Error::Forbidden`].
pub async fn schedules(conn: &mut Conn, actor: &Actor) -> Result<Vec<ModelSchedule>> {
    actor.require_admin(Scope::Admin)?;
    Ok(ModelSchedule::query().order(model_schedules::kind.asc()).load(conn).await?)
}

/// Says when one kind is trained by itself. It is due at once, unless a run of the kind was asked
/// for less than `every_hours` ago. Admins only.
///
/// # Errors
/// [`crate::Error::Invalid`] with every bad field; [`crate::Error::Forbidden`].
pub async fn set_schedule(
    conn: &mut Conn,
    actor: &Actor,
    kind: LabelKind,
    draft: ScheduleDraft,
) -> Result<ModelSchedule> {
    actor.require_admin(Scope::Admin)?;
    draft.check()?;
    committed(conn.transaction(async |conn| {
        let mut schedule = lock(conn, kind).await?;
        let now = Timestamp::now();
        let last: Option<Timestamp> = model_runs::table
            .filter(model_runs::kind.eq(kind))
            .select(model_runs::created_at)
            .order(model_runs::id.desc())
            .first(conn)
            .await
            .optional()?;
        let due = last.map(|at| at.plus_seconds(i64::from(draft.every_hours) * 3600));
        schedule.every_hours = draft.every_hours;
        schedule.minimum_new_labels = draft.minimum_new_labels;
        schedule.enabled = draft.enabled;
        schedule.next_run_at = due.map_or(now, |due| due.max(now));
        (schedule.changed_by, schedule.changed_at) = (actor.user_id, Some(now));
        store(conn, &schedule).await?;
        let note = if draft.enabled {
            format!(
                "training of the {kind} model every {} h after {} new labels",
                draft.every_hours, draft.minimum_new_labels
            )
        } else {
            format!("no training of the {kind} model by the clock")
        };
        let payload = EventPayload { note: Some(note), ..Default::default() };
        let kind = EventKind::ModelScheduleChanged;
        let event = NewEvent::new(kind, actor, schedule.id, now, payload);
        events::append(conn, &[event]).await?;
        Ok(schedule)
    }))
    .await
}

/// Starts a run for each schedule that is due at `now` and has enough new labels. Any number of
/// workers may ask at once: one run is started.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away.
pub async fn start_due(conn: &mut Conn, now: Timestamp) -> Result<Vec<ModelRun>> {
    let due: Vec<LabelKind> = model_schedules::table
        .filter(model_schedules::enabled.eq(true))
        .filter(model_schedules::next_run_at.le(now))
        .select(model_schedules::kind)
        .load(conn)
        .await?;
    let mut started = Vec::new();
    for kind in due {
        started.extend(conn.transaction(async |conn| start_if_due(conn, kind, now).await).await?);
    }
    Ok(started)
}

async fn start_if_due(
    conn: &mut Conn,
    kind: LabelKind,
    now: Timestamp,
) -> Result<Option<ModelRun>> {
    let mut schedule = lock(conn, kind).await?;
    // Another worker may have been here first.
    if !schedule.enabled || schedule.next_run_at > now {
        return Ok(None);
    }
    let is_wanted = open(conn, kind).await?.is_none()
        && new_labels(conn, kind).await? >= i64::from(schedule.minimum_new_labels);
    let run = match is_wanted {
        true => {
            let options = RunOptions::default();
            Some(start::enqueue(conn, &Actor::system(), kind, options, now).await?)
        }
        false => None,
    };
    let pause_h = match &run {
        Some(run) => {
            schedule.last_run_id = Some(run.id);
            schedule.every_hours
        }
        None => schedule.every_hours.min(LOOK_AGAIN_HOURS),
    };
    schedule.next_run_at = now.plus_seconds(i64::from(pause_h) * 3600);
    store(conn, &schedule).await?;
    Ok(run)
}

/// Tickets whose label people gave or changed since the last run that succeeded; those that are labelled
/// now above those that were then, where these are more: the log may have forgotten some.
async fn new_labels(conn: &mut Conn, kind: LabelKind) -> Result<i64> {
    let labelled = training::count_labelled(conn, kind).await?;
    type Earlier = (Option<Timestamp>, Option<u32>);
    let last: Option<Earlier> = model_runs::table
        .filter(model_runs::kind.eq(kind))
        .filter(model_runs::state.eq(RunState::Succeeded))
        .select((model_runs::started_at, model_runs::labelled))
        .order(model_runs::id.desc())
        .first(conn)
        .await
        .optional()?;
    let Some((Some(since), before)) = last else { return Ok(labelled) };
    let given = training::count_labelled_since(conn, kind, since).await?;
    Ok(given.max(labelled - i64::from(before.unwrap_or(0))))
}

/// The schedule of a kind, locked until the transaction ends; who starts a run of the kind waits
/// for it, too.
pub(super) async fn lock(conn: &mut Conn, kind: LabelKind) -> Result<ModelSchedule> {
    let of_kind = ModelSchedule::query().filter(model_schedules::kind.eq(kind));
    Ok(of_kind.for_update().first(conn).await?)
}

async fn store(conn: &mut Conn, schedule: &ModelSchedule) -> Result<()> {
    diesel::update(model_schedules::table.filter(model_schedules::kind.eq(schedule.kind)))
        .set((
            model_schedules::every_hours.eq(schedule.every_hours),
            model_schedules::minimum_new_labels.eq(schedule.minimum_new_labels),
            model_schedules::enabled.eq(schedule.enabled),
            model_schedules::next_run_at.eq(schedule.next_run_at),
            model_schedules::last_run_id.eq(schedule.last_run_id),
            model_schedules::changed_by.eq(schedule.changed_by),
            model_schedules::changed_at.eq(schedule.changed_at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

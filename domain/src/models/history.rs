//! What was done to a kind's rollout: by whom, why, and the whole state after each step.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::guards::Guards;
use super::rollout::{self, Rollout, Stage};
use crate::actor::Scope;
use crate::db::schema::model_rollout_steps as steps;
use crate::error::{Error, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent, RolloutRef};
use crate::ids::{ModelVersionId, RolloutStepId, UserId};
use crate::notifications::{self, NotificationKind};
use crate::page::{Page, PageRequest, encode};
use crate::suggestions::LabelKind;
use crate::{Actor, Conn, Timestamp};

crate::text_enum! {
    /// What a step did.
    pub enum RolloutAction {
        /// A version was trained; the rollout is as before.
        Registered = "registered",
        /// The candidate began to score every ticket, shown to nobody.
        ShadowStarted = "shadow_started",
        /// The candidate began to serve, or serves another share.
        CanaryStarted = "canary_started",
        /// The version became the champion.
        Promoted = "promoted",
        /// A person took the candidate or a new champion back.
        RolledBack = "rolled_back",
        /// By the desk: a guard or a fault.
        RolledBackAutomatically = "rolled_back_automatically",
        /// No model suggests any more.
        Disabled = "disabled",
        /// The champion suggests again.
        Enabled = "enabled",
        /// When the desk takes a version back by itself was set anew.
        GuardsChanged = "guards_changed",
    }
}

/// One step of a rollout's history.
#[derive(Debug, Clone, PartialEq)]
pub struct RolloutStep {
    pub id: RolloutStepId,
    pub action: RolloutAction,
    /// The version the step is about; `None` where it is about none.
    pub version_id: Option<ModelVersionId>,
    /// `None`: the desk itself.
    pub actor_id: Option<UserId>,
    pub reason: Option<String>,
    /// Done although a gate said no; `reason` says why.
    pub is_override: bool,
    /// What the step was decided by: guards' findings, a validation.
    pub evidence: Option<serde_json::Value>,
    pub created_at: Timestamp,
    /// The rollout after the step.
    pub after: Rollout,
}

impl RolloutStep {
    /// Cursor of this row in [`history`].
    pub fn cursor(&self) -> String {
        encode(&(self.created_at, self.id))
    }
}

/// A step about to be taken.
#[derive(Debug, Default)]
pub(super) struct NewStep {
    pub version_id: Option<ModelVersionId>,
    pub reason: Option<String>,
    pub is_override: bool,
    pub evidence: Option<serde_json::Value>,
    /// What every admin is to be told.
    pub news: Option<(NotificationKind, String)>,
}

#[derive(HasQuery, Insertable)]
#[diesel(table_name = steps)]
struct Row {
    id: RolloutStepId,
    kind: LabelKind,
    action: RolloutAction,
    version_id: Option<ModelVersionId>,
    actor_id: Option<UserId>,
    reason: Option<String>,
    is_override: bool,
    evidence: Option<String>,
    created_at: Timestamp,
    champion_id: Option<ModelVersionId>,
    candidate_id: Option<ModelVersionId>,
    previous_id: Option<ModelVersionId>,
    stage: Stage,
    percent: u16,
    enabled: bool,
    revision: u32,
    stage_since: Timestamp,
    champion_since: Option<Timestamp>,
    cool_down_until: Option<Timestamp>,
    guards: String,
}

impl Row {
    fn into_step(self) -> Result<RolloutStep> {
        let evidence = self.evidence.as_deref().map(serde_json::from_str).transpose();
        Ok(RolloutStep {
            id: self.id,
            action: self.action,
            version_id: self.version_id,
            actor_id: self.actor_id,
            reason: self.reason,
            is_override: self.is_override,
            evidence: evidence.map_err(Error::internal)?,
            created_at: self.created_at,
            after: Rollout {
                kind: self.kind,
                champion_id: self.champion_id,
                candidate_id: self.candidate_id,
                previous_id: self.previous_id,
                stage: self.stage,
                percent: self.percent,
                enabled: self.enabled,
                revision: self.revision,
                stage_since: self.stage_since,
                champion_since: self.champion_since,
                cool_down_until: self.cool_down_until,
                guards: Guards::from_json(&self.guards)?,
            },
        })
    }
}

/// Writes a transition: the state, its step and its event; returns the state and the step's id. The state's row is locked by the caller.
pub(super) async fn take(
    conn: &mut Conn,
    actor: &Actor,
    action: RolloutAction,
    mut after: Rollout,
    now: Timestamp,
    step: NewStep,
) -> Result<(Rollout, RolloutStepId)> {
    after.revision += 1;
    rollout::store(conn, &after).await?;
    let id = note(conn, actor, action, &after, now, step).await?;
    Ok((after, id))
}

/// Writes a step, whatever became of the rollout, and its event; returns the step's id.
pub(super) async fn note(
    conn: &mut Conn,
    actor: &Actor,
    action: RolloutAction,
    after: &Rollout,
    now: Timestamp,
    step: NewStep,
) -> Result<RolloutStepId> {
    let row = Row {
        id: RolloutStepId::new(),
        kind: after.kind,
        action,
        version_id: step.version_id,
        actor_id: actor.user_id,
        reason: step.reason,
        is_override: step.is_override,
        evidence: step.evidence.map(|evidence| evidence.to_string()),
        created_at: now,
        champion_id: after.champion_id,
        candidate_id: after.candidate_id,
        previous_id: after.previous_id,
        stage: after.stage,
        percent: after.percent,
        enabled: after.enabled,
        revision: after.revision,
        stage_since: after.stage_since,
        champion_since: after.champion_since,
        cool_down_until: after.cool_down_until,
        guards: after.guards.to_json(),
    };
    diesel::insert_into(steps::table).values(&row).execute(conn).await?;
    let notified = match &step.news {
        Some((kind, text)) => notifications::tell_admins(conn, *kind, row.id, text, now).await?,
        None => Vec::new(),
    };
    let payload = EventPayload {
        notified,
        rollout: Some(RolloutRef { step_id: row.id, kind: after.kind, action }),
        ..Default::default()
    };
    let event = NewEvent::new(EventKind::ModelRolloutChanged, actor, row.id, now, payload);
    events::append(conn, &[event]).await?;
    Ok(row.id)
}

/// The steps of a kind's rollout, newest first. Staff only.
///
/// # Errors
/// [`Error::Invalid`] for a page that cannot be; [`Error::Forbidden`] for customers.
pub async fn history(
    conn: &mut Conn,
    actor: &Actor,
    kind: LabelKind,
    request: &PageRequest,
) -> Result<Page<RolloutStep>> {
    actor.require_staff(Scope::TicketsRead)?;
    let mut query = Row::query()
        .filter(steps::kind.eq(kind))
        .order((steps::created_at.desc(), steps::id.desc()))
        .limit(request.limit()?)
        .into_boxed();
    if let Some((at, id)) = request.key::<(Timestamp, RolloutStepId)>()? {
        let is_earlier = steps::created_at.eq(at).and(steps::id.lt(id));
        // The first condition alone is what an index range is made of.
        query =
            query.filter(steps::created_at.le(at)).filter(steps::created_at.lt(at).or(is_earlier));
    }
    let rows: Vec<Row> = query.load(conn).await?;
    let found: Result<Vec<RolloutStep>> = rows.into_iter().map(Row::into_step).collect();
    Ok(request.page(found?))
}

/// One step of any kind's rollout. Staff only.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`] for customers.
pub async fn find_step(conn: &mut Conn, actor: &Actor, id: RolloutStepId) -> Result<RolloutStep> {
    actor.require_staff(Scope::TicketsRead)?;
    let row: Option<Row> = Row::query().filter(steps::id.eq(id)).first(conn).await.optional()?;
    row.ok_or_else(|| Error::not_found("step of a rollout", "id"))?.into_step()
}

/// The last step at or before a time, whose state held then; `None` before the first. Staff only.
///
/// # Errors
/// [`Error::Forbidden`] for customers.
pub async fn step_at(
    conn: &mut Conn,
    actor: &Actor,
    kind: LabelKind,
    at: Timestamp,
) -> Result<Option<RolloutStep>> {
    actor.require_staff(Scope::TicketsRead)?;
    let row: Option<Row> = Row::query()
        .filter(steps::kind.eq(kind))
        .filter(steps::created_at.le(at))
        .order((steps::created_at.desc(), steps::id.desc()))
        .first(conn)
        .await
        .optional()?;
    row.map(Row::into_step).transpose()
}

/// When a version's last trial ended; `None` while it is on trial, and for one that never was.
pub(crate) async fn trial_end(
    conn: &mut Conn,
    version: ModelVersionId,
) -> Result<Option<Timestamp>> {
    let last: Option<(LabelKind, Timestamp, RolloutStepId)> = steps::table
        .filter(steps::candidate_id.eq(version))
        .order((steps::created_at.desc(), steps::id.desc()))
        .select((steps::kind, steps::created_at, steps::id))
        .first(conn)
        .await
        .optional()?;
    let Some((kind, at, id)) = last else { return Ok(None) };
    // The step after the last one that left it as the candidate.
    Ok(steps::table
        .filter(steps::kind.eq(kind))
        .filter(steps::created_at.gt(at).or(steps::created_at.eq(at).and(steps::id.gt(id))))
        .order((steps::created_at.asc(), steps::id.asc()))
        .select(steps::created_at)
        .first(conn)
        .await
        .optional()?)
}

/// Who took the last step that changed the rollout, and when; for the loser of a race.
pub(super) async fn last_change(
    conn: &mut Conn,
    kind: LabelKind,
) -> Result<Option<(Option<UserId>, Timestamp)>> {
    Ok(steps::table
        .filter(steps::kind.eq(kind))
        .filter(steps::action.ne(RolloutAction::Registered))
        .order((steps::created_at.desc(), steps::id.desc()))
        .select((steps::actor_id, steps::created_at))
        .first(conn)
        .await
        .optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_round_trip() {
        RolloutAction::assert_round_trips();
    }
}

//! Putting a trained model on the desk's list; whether it serves is another question.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::history::{self, NewStep};
use super::needs::Needs;
use super::promote::make_champion;
use super::rollout::{self, Rollout};
use super::{
    Comparison, LabelMeanings, Lineage, ModelVersion, RolloutAction, Row, Stage, record_validation,
    transition,
};
use crate::actor::Scope;
use crate::db::schema::model_versions;
use crate::db::violated_key;
use crate::error::{ConflictCode, Error, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent};
use crate::ids::ModelVersionId;
use crate::suggestions::LabelKind;
use crate::{Actor, Conn, Timestamp};

/// A trained model whose artefact is already in the model store.
#[derive(Debug, Clone)]
pub struct ModelDraft {
    pub kind: LabelKind,
    pub artifact_hash: Vec<u8>,
    pub artifact_bytes: u32,
    pub threshold: f64,
    pub labels: LabelMeanings,
    pub metrics: serde_json::Value,
    pub lineage: Lineage,
}

/// Whether a version serves as soon as it is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then<'a> {
    Wait,
    /// As [`introduce`] has it.
    Begin,
    /// It becomes the champion at once, past every gate; the history keeps the reason, 1 to 1000 characters.
    Promote(&'a str),
}

/// Registers a trained model as the next version of its kind and changes nothing else. Admins only.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Unavailable`].
pub async fn register(conn: &mut Conn, actor: &Actor, draft: ModelDraft) -> Result<ModelVersion> {
    add(conn, actor, draft, Then::Wait).await
}

/// As [`register`]; becomes the champion if it is the first version of its kind, or if the program that made it
/// cannot use the present champion, nor compare with it (it reads texts as another release did, or is an ONNX
/// network), and nothing is on trial. Admins only.
///
/// # Errors
/// As [`register`].
pub async fn introduce(conn: &mut Conn, actor: &Actor, draft: ModelDraft) -> Result<ModelVersion> {
    add(conn, actor, draft, Then::Begin).await
}

/// As [`register`], and makes it the champion at once, past every gate, for a reason of 1 to 1000
/// characters, which the history keeps; no candidate may be on trial. Admins only.
///
/// # Errors
/// As [`register`]; [`ConflictCode::IllegalStage`] while a candidate is on trial; [`Error::Invalid`] for
/// the reason.
pub async fn activate_for(
    conn: &mut Conn,
    actor: &Actor,
    draft: ModelDraft,
    reason: &str,
) -> Result<ModelVersion> {
    let reason = transition::reason("reason", reason)?;
    add(conn, actor, draft, Then::Promote(&reason)).await
}

/// Registers what a training made, together with how it did against the champion: what every training ends
/// with, wherever it ran. Admins only.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Unavailable`]; for [`Then::Promote`] [`Error::Invalid`] for its reason, and
/// [`ConflictCode::IllegalStage`] while a candidate is on trial.
pub async fn register_compared(
    conn: &mut Conn,
    actor: &Actor,
    draft: ModelDraft,
    comparison: Comparison,
    then: Then<'_>,
) -> Result<ModelVersion> {
    let reason = match then {
        Then::Promote(reason) => transition::reason("reason", reason)?,
        Then::Wait | Then::Begin => String::new(),
    };
    let then = if reason.is_empty() { then } else { Then::Promote(&reason) };
    conn.transaction(async |conn| {
        let version = add(conn, actor, draft, then).await?;
        record_validation(conn, actor, comparison.of(version.id)).await?;
        Ok(version)
    })
    .await
}

async fn add(
    conn: &mut Conn,
    actor: &Actor,
    draft: ModelDraft,
    then: Then<'_>,
) -> Result<ModelVersion> {
    actor.require_admin(Scope::Admin)?;
    conn.transaction(async |conn| {
        // Held until the end: numbers are given one after the other.
        let rollout = rollout::lock(conn, draft.kind).await?;
        let now = Timestamp::now();
        let unusable = unusable_champion(conn, &rollout, &draft.lineage).await?;
        let mut version = insert(conn, actor, draft, now).await?;
        let about = NewStep { version_id: Some(version.id), ..Default::default() };
        history::note(conn, actor, RolloutAction::Registered, &rollout, now, about).await?;
        if let Some(step) = step(&then, &rollout, version.id, unusable) {
            make_champion(conn, actor, rollout, version.id, now, step).await?;
            version.active = true;
        }
        Ok(version)
    })
    .await
}

/// How it becomes the champion; `None` if it does not.
fn step(
    then: &Then<'_>,
    rollout: &Rollout,
    id: ModelVersionId,
    unusable: Option<&str>,
) -> Option<NewStep> {
    let is_first = rollout.champion_id.is_none();
    let reason = match then {
        Then::Wait => return None,
        Then::Begin if is_first => "first model of its kind",
        Then::Begin => unusable.filter(|_| rollout.stage == Stage::Idle)?,
        Then::Promote(reason) => *reason,
    };
    Some(NewStep {
        version_id: Some(id),
        reason: Some(reason.to_owned()),
        // There was something to be validated against.
        is_override: !is_first,
        ..Default::default()
    })
}

/// Why the program that made the new version cannot use the champion; `None` if it can, or there is none.
async fn unusable_champion(
    conn: &mut Conn,
    rollout: &Rollout,
    lineage: &Lineage,
) -> Result<Option<&'static str>> {
    let Some(champion) = rollout.champion_id else { return Ok(None) };
    let (new, champion) = (Needs::from(lineage), Needs::of(conn, champion).await?);
    Ok(match (new.maker_can_use(&champion), champion.is_onnx()) {
        (true, _) => None,
        (false, false) => Some("the champion reads texts as another release did"),
        (false, true) => Some("the champion is an ONNX network that the trainer cannot use"),
    })
}

async fn insert(
    conn: &mut Conn,
    actor: &Actor,
    draft: ModelDraft,
    now: Timestamp,
) -> Result<ModelVersion> {
    let last: Option<u32> = model_versions::table
        .filter(model_versions::kind.eq(draft.kind))
        .select(model_versions::number)
        .order(model_versions::number.desc())
        .first(conn)
        .await
        .optional()?;
    let lineage = draft.lineage;
    let text = |json: Option<serde_json::Value>| json.map(|json| json.to_string());
    let row = Row {
        id: ModelVersionId::new(),
        kind: draft.kind,
        number: last.map_or(1, |last| last + 1),
        artifact_hash: draft.artifact_hash,
        artifact_bytes: draft.artifact_bytes,
        threshold: draft.threshold,
        labels: serde_json::to_string(&draft.labels).map_err(Error::internal)?,
        metrics: draft.metrics.to_string(),
        active: false,
        created_at: now,
        created_by: actor.user_id,
        run_id: lineage.run_id,
        feature_version: lineage.feature_version,
        parameters: text(lineage.parameters),
        training_data: text(lineage.training_data),
        confusion: text(lineage.confusion),
        needs_onnx: lineage.needs_onnx,
        maker_runs_onnx: lineage.maker_runs_onnx,
    };
    let inserted = diesel::insert_into(model_versions::table).values(&row).execute(conn).await;
    inserted.map_err(|error| match violated_key(&error) {
        // Only a program of an earlier release registers without the rollout's lock.
        Some("model_versions_number") => Error::conflict(
            ConflictCode::AlreadyExists,
            "kind",
            "another version was registered at the same moment; register it again",
        ),
        _ => error.into(),
    })?;
    let note = Some(format!("{} model, version {}", row.kind, row.number));
    let payload = EventPayload { note, ..Default::default() };
    let event = NewEvent::new(EventKind::ModelRegistered, actor, row.id, now, payload);
    events::append(conn, &[event]).await?;
    row.into_version()
}

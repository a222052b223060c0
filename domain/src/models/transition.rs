//! What every transition of a rollout does before and after its own rule.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::history::{self, NewStep};
use super::rollout::{self, Rollout};
use super::{RolloutAction, Stage};
use crate::actor::Scope;
use crate::db::schema::model_versions;
use crate::error::{Conflict, ConflictCode, Error, FieldErrors, Result};
use crate::ids::ModelVersionId;
use crate::metrics::committed;
use crate::suggestions::LabelKind;
use crate::{Actor, Conn, Timestamp};

/// Longest reason, in characters.
pub(super) const REASON_CHARS: usize = 1000;

/// Which rollout to change, and what the caller knows of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RolloutEdit {
    pub kind: LabelKind,
    /// Refuse unless the rollout has this revision; `None` changes it as it is.
    pub expected_revision: Option<u32>,
}

impl RolloutEdit {
    /// Whatever the rollout has become meanwhile.
    pub fn any_revision(kind: LabelKind) -> Self {
        Self { kind, expected_revision: None }
    }
}

/// The rule of one transition: from the present state to the next, with what the history says of it.
pub(super) trait Rule: Send {
    const ACTION: RolloutAction;

    /// Changes `rollout`, or says why not.
    fn apply(
        self,
        conn: &mut Conn,
        rollout: &mut Rollout,
        now: Timestamp,
    ) -> impl Future<Output = Result<NewStep>> + Send;
}

/// Takes a step: right, lock, revision, rule, and everything written in one transaction.
pub(super) async fn run<R: Rule>(
    conn: &mut Conn,
    actor: &Actor,
    edit: RolloutEdit,
    rule: R,
) -> Result<Rollout> {
    actor.require_admin(Scope::Admin)?;
    committed(conn.transaction(async |conn| {
        let mut after = rollout::lock(conn, edit.kind).await?;
        require_revision(conn, &after, edit.expected_revision).await?;
        // Taken under the lock, so that times in the history follow its order.
        let now = Timestamp::now();
        let step = rule.apply(conn, &mut after, now).await?;
        Ok(history::take(conn, actor, R::ACTION, after, now, step).await?.0)
    }))
    .await
}

async fn require_revision(conn: &mut Conn, rollout: &Rollout, expected: Option<u32>) -> Result<()> {
    if expected.is_none_or(|expected| expected == rollout.revision) {
        return Ok(());
    }
    let last = history::last_change(conn, rollout.kind).await?;
    Err(Error::Conflict(Box::new(Conflict {
        code: ConflictCode::StaleVersion,
        message: format!(
            "the rollout is at revision {} by now; look at it again",
            rollout.revision
        ),
        path: "expectedRevision",
        changed_by: last.and_then(|(who, _)| who),
        changed_at: last.map(|(_, at)| at),
    })))
}

/// A step that the rollout's present stage does not allow.
pub(super) fn illegal(path: &'static str, message: impl Into<String>) -> Error {
    Error::conflict(ConflictCode::IllegalStage, path, message)
}

/// The version to try or promote: one of this kind, and not the champion.
pub(super) async fn require_version(
    conn: &mut Conn,
    rollout: &Rollout,
    id: ModelVersionId,
) -> Result<()> {
    let kind: Option<LabelKind> =
        model_versions::table.find(id).select(model_versions::kind).first(conn).await.optional()?;
    let kind = kind.ok_or_else(|| Error::not_found("model version", "versionId"))?;
    if kind != rollout.kind {
        let message = format!("must be a {} model, this one suggests a {kind}", rollout.kind);
        return Err(Error::invalid("versionId", message));
    }
    if rollout.champion_id == Some(id) {
        return Err(illegal("versionId", "this version is the champion already"));
    }
    Ok(())
}

/// What begins a trial needs: suggestions switched on, and no cool-down unless overridden.
pub(super) fn require_ready(
    rollout: &Rollout,
    override_reason: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    if !rollout.enabled {
        return Err(illegal(
            "kind",
            "suggestions of this kind are switched off; enable them first",
        ));
    }
    let until = rollout.cool_down_until.filter(|until| *until > now);
    match (until, override_reason) {
        (Some(until), None) => {
            let message = format!(
                "a version was just taken back; wait until {until}, or give overrideReason"
            );
            Err(Error::conflict(ConflictCode::NeedsOverride, "overrideReason", message))
        }
        (until, _) => Ok(until.is_some()),
    }
}

/// The reason as it is stored.
///
/// # Errors
/// [`Error::Invalid`] when it is empty or longer than a thousand characters.
pub(super) fn reason(path: &'static str, text: &str) -> Result<String> {
    let mut errors = FieldErrors::default();
    let text = errors.line(path, text, REASON_CHARS);
    errors.into_result().map(|()| text)
}

/// As [`reason`], where none is fine too.
pub(super) fn override_reason(text: Option<&str>) -> Result<Option<String>> {
    text.map(|text| reason("overrideReason", text)).transpose()
}

/// Takes the candidate out of the rollout.
pub(super) fn drop_candidate(rollout: &mut Rollout, now: Timestamp) {
    rollout.candidate_id = None;
    rollout.percent = 0;
    if rollout.stage != Stage::Idle {
        rollout.stage = Stage::Idle;
        rollout.stage_since = now;
    }
}

/// How a message names the stage.
pub(super) fn present(rollout: &Rollout) -> String {
    match rollout.stage {
        Stage::Idle => "no candidate is on trial".to_owned(),
        Stage::Shadow => "a candidate is in shadow".to_owned(),
        Stage::Canary => format!("a candidate serves {} %", rollout.percent),
    }
}

//! Making a version the champion.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

use super::history::{self, NewStep};
use super::transition::{self, Rule, drop_candidate, illegal, present, require_version};
use super::{Rollout, RolloutAction, RolloutEdit, Stage, Validation, Verdict, latest_validation};
use crate::db::schema::model_versions;
use crate::error::{ConflictCode, Error, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent};
use crate::ids::ModelVersionId;
use crate::{Actor, Conn, Timestamp};

/// Makes the candidate, or with an idle rollout this version, the champion; the old one is kept as the
/// way back. Admins only.
///
/// # Errors
/// [`ConflictCode::NeedsOverride`] unless its latest validation against the present champion says
/// [`Verdict::Better`] or [`Verdict::NotWorse`], there is no champion, or `override_reason` is given;
/// [`ConflictCode::IllegalStage`] when it is the champion or another candidate is on trial;
/// [`ConflictCode::StaleVersion`]; [`Error::Invalid`] for no version, one of another kind, or a reason
/// that is empty or too long; [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn promote(
    conn: &mut Conn,
    actor: &Actor,
    edit: RolloutEdit,
    version: Option<ModelVersionId>,
    override_reason: Option<&str>,
) -> Result<Rollout> {
    let override_reason = transition::override_reason(override_reason)?;
    let rule = Promote { actor: actor.clone(), version, override_reason };
    transition::run(conn, actor, edit, rule).await
}

struct Promote {
    actor: Actor,
    version: Option<ModelVersionId>,
    override_reason: Option<String>,
}

impl Rule for Promote {
    const ACTION: RolloutAction = RolloutAction::Promoted;

    async fn apply(
        self,
        conn: &mut Conn,
        rollout: &mut Rollout,
        now: Timestamp,
    ) -> Result<NewStep> {
        let version = self.version.or(rollout.candidate_id).ok_or_else(|| {
            Error::invalid("versionId", "must be given while no candidate is on trial")
        })?;
        require_version(conn, rollout, version).await?;
        if rollout.candidate_id.is_some_and(|on_trial| on_trial != version) {
            let message = format!("another version is the candidate: {}", present(rollout));
            return Err(illegal("versionId", message));
        }
        let validation = match rollout.champion_id {
            Some(_) => latest_validation(conn, version, rollout.champion_id).await?,
            None => None,
        };
        let doubt = rollout.champion_id.and_then(|_| doubt(validation.as_ref()));
        if let (Some(doubt), None) = (doubt, &self.override_reason) {
            let message = format!("{doubt}; validate it again, or give overrideReason");
            return Err(Error::conflict(ConflictCode::NeedsOverride, "overrideReason", message));
        }
        enthrone(conn, &self.actor, rollout, version, now).await?;
        Ok(NewStep {
            version_id: Some(version),
            reason: self.override_reason,
            is_override: doubt.is_some(),
            evidence: validation.as_ref().map(evidence),
            news: None,
        })
    }
}

/// What speaks against a promotion.
fn doubt(validation: Option<&Validation>) -> Option<&'static str> {
    match validation.map(|validation| validation.verdict) {
        Some(Verdict::Better | Verdict::NotWorse) => None,
        Some(Verdict::Worse) => Some("the validation found this version worse than the champion"),
        Some(Verdict::TooFew) => Some("the validation had too few tickets to say anything"),
        Some(Verdict::NoChampion) | None => {
            Some("this version was not validated against the present champion")
        }
    }
}

fn evidence(validation: &Validation) -> serde_json::Value {
    json!({ "validation": {
        "sample": validation.sample,
        "candidateRight": validation.candidate_right,
        "championRight": validation.champion_right,
        "difference": validation.difference,
        "low": validation.low,
        "high": validation.high,
        "verdict": validation.verdict,
    } })
}

/// As [`promote`] without its gate, for a rollout that is already locked and has no candidate.
pub(super) async fn make_champion(
    conn: &mut Conn,
    actor: &Actor,
    mut rollout: Rollout,
    version: ModelVersionId,
    now: Timestamp,
    step: NewStep,
) -> Result<Rollout> {
    if rollout.stage != Stage::Idle {
        let message = format!("{}; roll it back or promote it first", present(&rollout));
        return Err(illegal("kind", message));
    }
    enthrone(conn, actor, &mut rollout, version, now).await?;
    Ok(history::take(conn, actor, RolloutAction::Promoted, rollout, now, step).await?.0)
}

async fn enthrone(
    conn: &mut Conn,
    actor: &Actor,
    rollout: &mut Rollout,
    version: ModelVersionId,
    now: Timestamp,
) -> Result<()> {
    drop_candidate(rollout, now);
    rollout.previous_id = rollout.champion_id;
    rollout.champion_id = Some(version);
    rollout.champion_since = Some(now);
    announce_champion(conn, actor, rollout, now).await
}

/// Keeps `active` equal to "is the champion", which programs of earlier releases read, and tells the log.
pub(super) async fn announce_champion(
    conn: &mut Conn,
    actor: &Actor,
    rollout: &Rollout,
    now: Timestamp,
) -> Result<()> {
    let Some(champion) = rollout.champion_id else { return Ok(()) };
    let of_kind = model_versions::table.filter(model_versions::kind.eq(rollout.kind));
    let others =
        of_kind.filter(model_versions::active.eq(true)).filter(model_versions::id.ne(champion));
    diesel::update(others).set(model_versions::active.eq(false)).execute(conn).await?;
    let its_row = model_versions::table.find(champion);
    diesel::update(its_row).set(model_versions::active.eq(true)).execute(conn).await?;
    let number: u32 = its_row.select(model_versions::number).first(conn).await?;
    let note = Some(format!("{} model, version {number}", rollout.kind));
    let payload = EventPayload { note, ..Default::default() };
    let event = NewEvent::new(EventKind::ModelActivated, actor, champion, now, payload);
    events::append(conn, &[event]).await
}

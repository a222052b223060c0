//! Letting a version serve a share of the tickets.

use super::history::NewStep;
use super::transition::{self, Rule, illegal, present, require_ready, require_version};
use super::{Rollout, RolloutAction, RolloutEdit, Stage};
use crate::error::{Error, FieldErrors, Result};
use crate::ids::ModelVersionId;
use crate::{Actor, Conn, Timestamp};

#[cfg(doc)]
use crate::error::ConflictCode;

/// Lets the candidate, or with an idle rollout this version, serve `percent` of the tickets; also changes
/// the share of a candidate that serves already. Each share is a trial of its own: guards count anew.
/// Admins only.
///
/// # Errors
/// [`Error::Invalid`] when `percent` is not 1 to 99, or an idle rollout is given no version;
/// [`ConflictCode::IllegalStage`] without a champion, while another candidate is on trial, when it serves
/// this very share already, or the kind is disabled; otherwise as [`super::start_shadow()`].
pub async fn start_canary(
    conn: &mut Conn,
    actor: &Actor,
    edit: RolloutEdit,
    version: Option<ModelVersionId>,
    percent: u16,
    override_reason: Option<&str>,
) -> Result<Rollout> {
    let mut errors = FieldErrors::default();
    if !(1..=99).contains(&percent) {
        errors.add("percent", format!("must be 1 to 99, got {percent}"));
    }
    let override_reason = errors.take(transition::override_reason(override_reason))?.flatten();
    errors.into_result()?;
    transition::run(conn, actor, edit, Canary { version, percent, override_reason }).await
}

struct Canary {
    version: Option<ModelVersionId>,
    percent: u16,
    override_reason: Option<String>,
}

impl Rule for Canary {
    const ACTION: RolloutAction = RolloutAction::CanaryStarted;

    async fn apply(
        self,
        conn: &mut Conn,
        rollout: &mut Rollout,
        now: Timestamp,
    ) -> Result<NewStep> {
        let candidate = self.version.or(rollout.candidate_id).ok_or_else(|| {
            Error::invalid("versionId", "must be given while no candidate is on trial")
        })?;
        if rollout.candidate_id.is_some_and(|on_trial| on_trial != candidate) {
            let message = format!("another version is the candidate: {}", present(rollout));
            return Err(illegal("versionId", message));
        }
        require_version(conn, rollout, candidate).await?;
        if rollout.champion_id.is_none() {
            let message = "there is no champion to serve the other tickets; promote this version";
            return Err(illegal("kind", message));
        }
        if rollout.stage == Stage::Canary && rollout.percent == self.percent {
            let message = format!("the candidate serves {} % already", self.percent);
            return Err(illegal("percent", message));
        }
        // A smaller share begins nothing, and is never held up.
        let is_smaller = rollout.stage == Stage::Canary && self.percent < rollout.percent;
        let is_override = match is_smaller {
            true => false,
            false => require_ready(rollout, self.override_reason.as_deref(), now)?,
        };
        rollout.candidate_id = Some(candidate);
        rollout.percent = self.percent;
        rollout.stage = Stage::Canary;
        // The arms are compared from here on: pooled over several shares, a week in which everybody
        // overrides more would be charged to the arm that grew in it (Simpson's paradox).
        rollout.stage_since = now;
        Ok(NewStep {
            version_id: Some(candidate),
            reason: self.override_reason,
            is_override,
            ..Default::default()
        })
    }
}

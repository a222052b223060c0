//! Letting a version score every ticket without anybody seeing it.

use super::history::NewStep;
use super::transition::{self, Rule, illegal, present, require_ready, require_version};
use super::{Rollout, RolloutAction, RolloutEdit, Stage};
use crate::error::Result;
#[cfg(doc)]
use crate::error::{ConflictCode, Error};
use crate::ids::ModelVersionId;
use crate::{Actor, Conn, Timestamp};

/// Makes a version the candidate, in shadow. Admins only.
///
/// # Errors
/// [`ConflictCode::IllegalStage`] when it is the champion, another candidate is on trial, or the kind is
/// disabled; [`ConflictCode::NeedsOverride`] while cooling down without `override_reason`;
/// [`ConflictCode::StaleVersion`]; [`Error::Invalid`] for a version of another kind or a reason that is
/// empty or too long; [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn start_shadow(
    conn: &mut Conn,
    actor: &Actor,
    edit: RolloutEdit,
    version: ModelVersionId,
    override_reason: Option<&str>,
) -> Result<Rollout> {
    let override_reason = transition::override_reason(override_reason)?;
    transition::run(conn, actor, edit, Shadow { version, override_reason }).await
}

struct Shadow {
    version: ModelVersionId,
    override_reason: Option<String>,
}

impl Rule for Shadow {
    const ACTION: RolloutAction = RolloutAction::ShadowStarted;

    async fn apply(
        self,
        conn: &mut Conn,
        rollout: &mut Rollout,
        now: Timestamp,
    ) -> Result<NewStep> {
        if rollout.stage != Stage::Idle {
            let message = format!("{}; roll it back or promote it first", present(rollout));
            return Err(illegal("kind", message));
        }
        require_version(conn, rollout, self.version).await?;
        let is_override = require_ready(rollout, self.override_reason.as_deref(), now)?;
        rollout.candidate_id = Some(self.version);
        rollout.stage = Stage::Shadow;
        rollout.stage_since = now;
        Ok(NewStep {
            version_id: Some(self.version),
            reason: self.override_reason,
            is_override,
            ..Default::default()
        })
    }
}

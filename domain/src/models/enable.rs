//! The kill switch: no suggestions of a kind at all, and back.

use super::history::NewStep;
use super::transition::{self, Rule, illegal};
use super::{Rollout, RolloutAction, RolloutEdit};
use crate::error::Result;
#[cfg(doc)]
use crate::error::{ConflictCode, Error};
use crate::{Actor, Conn, Timestamp};

/// Ends all suggestions of a kind; workers do their jobs without it, and what is open stays. Admins only.
///
/// # Errors
/// [`ConflictCode::IllegalStage`] when it is disabled already; [`ConflictCode::StaleVersion`];
/// [`Error::Invalid`] when the reason is empty or longer than a thousand characters;
/// [`Error::Forbidden`].
pub async fn disable(
    conn: &mut Conn,
    actor: &Actor,
    edit: RolloutEdit,
    reason: &str,
) -> Result<Rollout> {
    let reason = transition::reason("reason", reason)?;
    transition::run(conn, actor, edit, Disable(reason)).await
}

/// Lets a kind suggest again, as before; tickets that came in between get no suggestion afterwards.
/// Admins only.
///
/// # Errors
/// [`ConflictCode::IllegalStage`] when it is enabled already; otherwise as [`disable`].
pub async fn enable(
    conn: &mut Conn,
    actor: &Actor,
    edit: RolloutEdit,
    reason: &str,
) -> Result<Rollout> {
    let reason = transition::reason("reason", reason)?;
    transition::run(conn, actor, edit, Enable(reason)).await
}

struct Disable(String);
struct Enable(String);

impl Rule for Disable {
    const ACTION: RolloutAction = RolloutAction::Disabled;

    async fn apply(self, _: &mut Conn, rollout: &mut Rollout, _: Timestamp) -> Result<NewStep> {
        switch(rollout, false, self.0)
    }
}

impl Rule for Enable {
    const ACTION: RolloutAction = RolloutAction::Enabled;

    async fn apply(self, _: &mut Conn, rollout: &mut Rollout, _: Timestamp) -> Result<NewStep> {
        switch(rollout, true, self.0)
    }
}

fn switch(rollout: &mut Rollout, enabled: bool, reason: String) -> Result<NewStep> {
    if rollout.enabled == enabled {
        let state = if enabled { "enabled" } else { "disabled" };
        return Err(illegal("kind", format!("suggestions of this kind are {state} already")));
    }
    rollout.enabled = enabled;
    Ok(NewStep { version_id: rollout.champion_id, reason: Some(reason), ..Default::default() })
}

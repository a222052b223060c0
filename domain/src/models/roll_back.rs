//! Taking a version back.

use super::history::NewStep;
use super::needs::Needs;
use super::promote::announce_champion;
use super::transition::{self, Rule, drop_candidate, illegal};
use super::{Rollout, RolloutAction, RolloutEdit, Stage};
use crate::error::Result;
#[cfg(doc)]
use crate::error::{ConflictCode, Error};
use crate::ids::ModelVersionId;
use crate::{Actor, Conn, Timestamp};

/// Takes the candidate out of its trial; with an idle rollout, puts the previous champion back, once.
/// Admins only.
///
/// # Errors
/// [`ConflictCode::IllegalStage`] when the rollout is idle and has no previous champion, or one that who made
/// the present one cannot use: it reads texts as another release did, or is an ONNX network;
/// [`ConflictCode::StaleVersion`]; [`Error::Invalid`] when the reason is empty or longer than a thousand
/// characters; [`Error::Forbidden`].
pub async fn roll_back(
    conn: &mut Conn,
    actor: &Actor,
    edit: RolloutEdit,
    reason: &str,
) -> Result<Rollout> {
    let reason = transition::reason("reason", reason)?;
    transition::run(conn, actor, edit, RollBack { actor: actor.clone(), reason }).await
}

struct RollBack {
    actor: Actor,
    reason: String,
}

impl Rule for RollBack {
    const ACTION: RolloutAction = RolloutAction::RolledBack;

    async fn apply(
        self,
        conn: &mut Conn,
        rollout: &mut Rollout,
        now: Timestamp,
    ) -> Result<NewStep> {
        let version_id = if rollout.stage == Stage::Idle {
            restore_previous(conn, &self.actor, rollout, now).await?
        } else {
            let candidate = rollout.candidate_id;
            drop_candidate(rollout, now);
            candidate
        };
        Ok(NewStep { version_id, reason: Some(self.reason), ..Default::default() })
    }
}

/// Whether the program that made the champion can use the previous one.
pub(super) async fn is_way_back(
    conn: &mut Conn,
    champion: Option<ModelVersionId>,
    previous: ModelVersionId,
) -> Result<bool> {
    let Some(champion) = champion else { return Ok(true) };
    let (champion, previous) = (Needs::of(conn, champion).await?, Needs::of(conn, previous).await?);
    Ok(champion.maker_can_use(&previous))
}

/// Puts the previous champion back and returns the one that was taken.
pub(super) async fn restore_previous(
    conn: &mut Conn,
    actor: &Actor,
    rollout: &mut Rollout,
    now: Timestamp,
) -> Result<Option<ModelVersionId>> {
    let Some(previous) = rollout.previous_id.take() else {
        return Err(illegal(
            "kind",
            "there is no candidate and no previous champion to go back to",
        ));
    };
    if !is_way_back(conn, rollout.champion_id, previous).await? {
        let message = "the previous champion reads texts as another release did, or is an ONNX network; no \
                       worker like the one that trained the present champion could use it";
        return Err(illegal("kind", message));
    }
    let taken = rollout.champion_id.replace(previous);
    rollout.champion_since = Some(now);
    announce_champion(conn, actor, rollout, now).await?;
    Ok(taken)
}

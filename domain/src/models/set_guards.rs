//! Changing the thresholds at which a version is taken back.

use super::guards::GuardsChange;
use super::history::NewStep;
use super::transition::{self, Rule};
use super::{Rollout, RolloutAction, RolloutEdit};
use crate::error::Result;
#[cfg(doc)]
use crate::error::{ConflictCode, Error};
use crate::{Actor, Conn, Timestamp};

/// Changes a kind's thresholds, from the next look on. Admins only.
///
/// # Errors
/// [`Error::Invalid`] with every threshold out of its range; [`ConflictCode::StaleVersion`];
/// [`Error::Forbidden`].
pub async fn set_guards(
    conn: &mut Conn,
    actor: &Actor,
    edit: RolloutEdit,
    change: GuardsChange,
) -> Result<Rollout> {
    transition::run(conn, actor, edit, SetGuards(change)).await
}

struct SetGuards(GuardsChange);

impl Rule for SetGuards {
    const ACTION: RolloutAction = RolloutAction::GuardsChanged;

    async fn apply(self, _: &mut Conn, rollout: &mut Rollout, _: Timestamp) -> Result<NewStep> {
        let guards = self.0.of(&rollout.guards);
        guards.check()?;
        rollout.guards = guards;
        Ok(NewStep::default())
    }
}

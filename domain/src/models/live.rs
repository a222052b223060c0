//! A kind's rollout, live, for one client.

use tokio::time::sleep;
use tracing::warn;

use super::history::RolloutAction;
use super::rollout::{Rollout, rollout};
use crate::actor::Scope;
use crate::error::{Error, Result};
use crate::events::{CLOCK, EventKind, Follower, Start};
use crate::suggestions::LabelKind;
use crate::{Actor, Desk};

/// The state of a rollout, at first and after every step.
pub struct RolloutStream {
    desk: Desk,
    kind: LabelKind,
    follower: Follower,
    /// Revision that was sent last; `None` at first.
    sent: Option<u32>,
}

impl RolloutStream {
    /// Follows a kind's rollout. Staff only.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for customers; [`Error::Unavailable`] when the database is away.
    pub async fn open(desk: &Desk, actor: &Actor, kind: LabelKind) -> Result<Self> {
        actor.require_staff(Scope::TicketsRead)?;
        // Followed before it is read: a step in between is told once more, not missed.
        let (Start::Resumed(follower) | Start::Resync(follower)) = desk.hub.follow(None).await?;
        Ok(Self { desk: desk.clone(), kind, follower, sent: None })
    }

    /// The state, at once the first time and then after each step. `None` when the process stops.
    pub async fn next(&mut self) -> Option<Rollout> {
        let Some(sent) = self.sent else { return self.look().await };
        loop {
            let event = self.follower.next().await?;
            let step = event.payload.rollout.as_ref().filter(|step| step.kind == self.kind);
            let Some(step) = step.filter(|_| event.kind == EventKind::ModelRolloutChanged) else {
                continue;
            };
            // Registering a version changes the history, not the revision.
            let is_news = step.action == RolloutAction::Registered;
            let now = self.look().await?;
            if is_news || now.revision != sent {
                return Some(now);
            }
        }
    }

    /// Waits for a database that is away.
    async fn look(&mut self) -> Option<Rollout> {
        loop {
            match self.read().await {
                Ok(now) => {
                    self.sent = Some(now.revision);
                    return Some(now);
                }
                Err(Error::Unavailable(_)) => sleep(CLOCK).await,
                Err(error) => {
                    warn!(error = %error.chain(), "a rollout cannot be read");
                    return None;
                }
            }
        }
    }

    async fn read(&self) -> Result<Rollout> {
        rollout(&mut *self.desk.conn().await?, self.kind).await
    }
}

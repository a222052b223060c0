//! A run, live.

use super::{ModelRun, find};
use crate::error::{Error, Result};
use crate::events::{CLOCK, EventKind, Follower, Start};
use crate::ids::{ModelRunId, SubjectId};
use crate::{Actor, Desk};

/// A run as it is, and again after every change, until it has ended.
pub struct ModelRunStream {
    desk: Desk,
    actor: Actor,
    id: ModelRunId,
    follower: Follower,
    /// Read and not yet given out; the state to begin with.
    waiting: Option<ModelRun>,
    sent: Option<ModelRun>,
}

impl ModelRunStream {
    /// Follows a run. Admins only.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Unavailable`].
    pub async fn open(desk: &Desk, actor: Actor, id: ModelRunId) -> Result<Self> {
        // Followed before it is read: a change in between comes as an event.
        let (Start::Resumed(follower) | Start::Resync(follower)) = desk.hub.follow(None).await?;
        let first = find(&mut *desk.conn().await?, &actor, id).await?;
        Ok(Self { desk: desk.clone(), actor, id, follower, waiting: Some(first), sent: None })
    }

    /// The run, at once the first time and then when it has changed. `None` after its end, and when
    /// the process stops.
    pub async fn next(&mut self) -> Option<ModelRun> {
        loop {
            if let Some(run) = self.waiting.take()
                && self.sent.as_ref() != Some(&run)
            {
                self.sent = Some(run.clone());
                return Some(run);
            }
            if self.sent.as_ref().is_some_and(|run| run.state.is_over()) {
                return None;
            }
            let event = self.follower.next().await?;
            if event.kind == EventKind::ModelRunChanged
                && event.subject_id == SubjectId::from(self.id)
            {
                self.waiting = Some(self.read().await?);
            }
        }
    }

    /// `None` when the run cannot be read any more. Waits for a database that is away.
    async fn read(&self) -> Option<ModelRun> {
        loop {
            match self.try_read().await {
                Ok(run) => return Some(run),
                Err(Error::Unavailable(_)) => tokio::time::sleep(CLOCK).await,
                Err(_) => return None,
            }
        }
    }

    async fn try_read(&self) -> Result<ModelRun> {
        find(&mut *self.desk.conn().await?, &self.actor, self.id).await
    }
}

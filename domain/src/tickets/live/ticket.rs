//! A live ticket for one subscriber.

use super::TicketUpdate;
use super::rights::{Heed, heed, rights_at};
use super::view::{Glance, TicketView, whose_rights};
use crate::db::Pool;
use crate::error::{Error, Result};
use crate::events::{CLOCK, Cursor, Follower, Position, Start};
use crate::ids::TicketId;
use crate::tickets::{Visibility, find_visible};
use crate::{Actor, Desk};
use tokio::sync::watch;

/// Everything that happens to one ticket, for one subscriber.
pub struct TicketStream {
    pool: Pool,
    view: TicketView,
    follower: Follower,
    /// End of the log when the stream began, where the ticket was visible.
    began: Position,
    resync: bool,
    passed: watch::Sender<Position>,
}

impl TicketStream {
    /// Follows a ticket the caller has already found visible.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`]; [`crate::Error::Unavailable`].
    pub async fn open(
        desk: &Desk,
        actor: Actor,
        ticket: TicketId,
        after: Option<Cursor>,
    ) -> Result<Self> {
        Visibility::of(&actor)?;
        let pool = desk.pool.clone();
        let (follower, resync) = match desk.hub.follow(after).await? {
            Start::Resumed(follower) => (follower, false),
            Start::Resync(follower) => (follower, true),
        };
        // Present rights, also for what is replayed: the ticket is visible now, and what an earlier
        // lack of rights hid may be shown.
        let rights = rights_at(&mut *pool.get().await?, &actor, follower.position()).await?;
        let actor = rights.map_or(actor, |(present, _)| present);
        let view = TicketView::new(actor, ticket)?;
        let began = follower.began();
        let passed = watch::Sender::new(0);
        Ok(Self { pool, view, follower, began, resync, passed })
    }

    /// As [`super::QueueStream::passed`].
    pub fn passed(&self) -> watch::Receiver<Position> {
        self.passed.subscribe()
    }

    /// The next event of the ticket; `None` when the stream has ended, also because the ticket
    /// became invisible.
    pub async fn next(&mut self) -> Option<TicketUpdate> {
        if std::mem::take(&mut self.resync) {
            return Some(TicketUpdate { cursor: self.follower.cursor(), event: None, since: None });
        }
        loop {
            self.passed.send_replace(self.follower.position());
            let event = self.follower.next().await?;
            let me = self.view.actor.user_id;
            if me.is_some() && whose_rights(&event) == me {
                match heed(&self.pool, &self.view.actor, &event).await {
                    Heed::Same => {}
                    Heed::Other(actor) => {
                        self.view = TicketView::new(actor, self.view.ticket).ok()?;
                        if !self.is_visible().await {
                            return None;
                        }
                    }
                    Heed::Gone => return None,
                }
                continue;
            }
            match self.view.judge(&event) {
                Glance::Unshown => {}
                // It came back before the stream began.
                Glance::Gone if event.position <= self.began => {}
                Glance::Gone => return None,
                Glance::Shown => {
                    let cursor = self.follower.cursor();
                    return Some(TicketUpdate { cursor, event: Some(event), since: None });
                }
            }
        }
    }

    async fn is_visible(&self) -> bool {
        loop {
            let found = async {
                let mut conn = self.pool.get().await?;
                find_visible(&mut conn, &self.view.actor, self.view.ticket).await
            };
            match found.await {
                Ok(_) => return true,
                Err(Error::Unavailable(_)) => tokio::time::sleep(CLOCK).await,
                Err(_) => return false,
            }
        }
    }
}

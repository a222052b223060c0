//! One's own notifications, live.

use std::sync::Arc;
use std::time::Instant;
use tokio::sync::watch;

use crate::actor::Scope;
use crate::error::Result;
use crate::events::{Cursor, Follower, LogEvent, Position, Start};
use crate::ids::{NotificationId, UserId};
use crate::tickets::{Exchange, Progress, Seat, View};
use crate::{Actor, Desk};

/// One step of a person's live notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotificationUpdate {
    /// Where the stream stands after this step.
    pub cursor: Cursor,
    /// The new one; `None`: some were missed for good, read the list anew.
    pub id: Option<NotificationId>,
    /// When the [`Exchange`] handed the event out; `None` where it was read for one subscriber.
    pub since: Option<Instant>,
}

/// The actor's own notifications from now on, for all their devices.
pub struct SharedNotifications {
    user: UserId,
    seat: Seat,
}

impl SharedNotifications {
    /// # Errors
    /// [`crate::Error::Forbidden`] for the desk itself and without the scope.
    pub fn open(exchange: &Exchange, actor: &Actor) -> Result<Self> {
        actor.require_scope(Scope::TicketsRead)?;
        let user = actor.user()?;
        Ok(Self { user, seat: exchange.take_seat(View::Person(user)) })
    }

    /// Steps after this position come.
    pub fn began(&self) -> Position {
        self.seat.began
    }

    pub fn progress(&self) -> Progress {
        self.seat.progress.clone()
    }

    /// The next one; `None` when the reader fell too far behind.
    pub async fn next(&mut self) -> Option<NotificationUpdate> {
        loop {
            let handed = self.seat.next().await?;
            if let Some(id) = of(&handed.event, self.user) {
                let cursor = self.seat.progress.cursor_at(handed.event.position);
                return Some(NotificationUpdate { cursor, id: Some(id), since: Some(handed.at) });
            }
        }
    }
}

/// The actor's own notifications for one subscriber, from any cursor.
pub struct NotificationStream {
    user: UserId,
    follower: Follower,
    resync: bool,
    passed: watch::Sender<Position>,
}

impl NotificationStream {
    /// After `after`, or from now.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] for the desk itself and without the scope; [`crate::Error::Unavailable`].
    pub async fn open(desk: &Desk, actor: &Actor, after: Option<Cursor>) -> Result<Self> {
        actor.require_scope(Scope::TicketsRead)?;
        let user = actor.user()?;
        let (follower, resync) = match desk.hub.follow(after).await? {
            Start::Resumed(follower) => (follower, false),
            Start::Resync(follower) => (follower, true),
        };
        Ok(Self { user, follower, resync, passed: watch::Sender::new(0) })
    }

    /// How far the log was looked at, and everything up to there passed on.
    pub fn passed(&self) -> watch::Receiver<Position> {
        self.passed.subscribe()
    }

    /// The next one; `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<NotificationUpdate> {
        let step = |cursor, id| Some(NotificationUpdate { cursor, id, since: None });
        if std::mem::take(&mut self.resync) {
            return step(self.follower.cursor(), None);
        }
        loop {
            self.passed.send_replace(self.follower.position());
            let event = self.follower.next().await?;
            if let Some(id) = of(&event, self.user) {
                return step(self.follower.cursor(), Some(id));
            }
        }
    }
}

/// What an event tells a person; one event tells each of them one thing.
fn of(event: &Arc<LogEvent>, user: UserId) -> Option<NotificationId> {
    event.payload.notified.iter().find(|told| told.user_id == user).map(|told| told.id)
}

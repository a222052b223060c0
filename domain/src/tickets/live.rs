//! Live queues and live tickets: the log, seen through one actor's eyes and one filter.
//!
//! Whether a ticket enters, changes in or leaves the list is decided from the event alone: the
//! snapshot it carries is the state after, undoing its changes gives the state before. A stream that
//! resumes from an old cursor therefore replays exactly what it would have seen live.

use std::sync::Arc;

use super::{TicketFilter, TicketSnapshot, Visibility, count_at_mark};
use crate::db::Pool;
use crate::error::{Error, Result};
use crate::events::{Cursor, EventKind, Follower, Hub, LogEvent, Position, Start, read};
use crate::ids::{TicketId, UserId};
use crate::sessions;
use crate::{Actor, Desk};

/// Events read at a time.
const PAGE: i64 = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueUpdateKind {
    /// The ticket is in the list now and was not before.
    Enter,
    /// The ticket is still in the list.
    Update,
    /// The ticket was in the list and is not any more, or is invisible now.
    Leave,
    /// Read the list anew: the cursor is not of this log, or the subscriber's rights have changed.
    Resync,
}

/// One step of a live queue.
#[derive(Debug, Clone)]
pub struct QueueUpdate {
    pub kind: QueueUpdateKind,
    /// Where the stream stands after this step.
    pub cursor: Cursor,
    /// The event behind it; `None` for RESYNC.
    pub event: Option<Arc<LogEvent>>,
    /// Tickets in the list after this step; `None` unless asked for.
    pub total_count: Option<u64>,
}

/// A live queue for one subscriber.
pub struct QueueStream {
    viewer: Viewer,
    filter: TicketFilter,
    follower: Follower,
    resync: bool,
    total_count: Option<u64>,
}

impl QueueStream {
    /// Follows the tickets that `filter` admits and `actor` may see, after `after` or from now.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a filter with `text`, which the log cannot judge;
    /// [`Error::Forbidden`]; [`Error::Unavailable`].
    pub async fn open(
        desk: &Desk,
        actor: Actor,
        filter: TicketFilter,
        after: Option<Cursor>,
        with_count: bool,
    ) -> Result<Self> {
        if filter.text.is_some() {
            let why = "live queues cannot filter by text; search instead";
            return Err(Error::invalid("filter.text", why));
        }
        let viewer = Viewer::new(desk, actor)?;
        let (follower, resync) = start(&desk.hub, after).await?;
        let mut stream = Self { viewer, filter, follower, resync, total_count: None };
        if with_count {
            let at = stream.follower.cursor().position;
            stream.total_count = Some(stream.count_at(&desk.pool, at).await?);
        }
        Ok(stream)
    }

    /// Tickets in the list as the log had them at `position`.
    ///
    /// Counted at the log's present end; the effect of what lies between is taken back.
    async fn count_at(&self, pool: &Pool, position: Position) -> Result<u64> {
        let mut conn = pool.get().await?;
        let counted = count_at_mark(&mut conn, &self.viewer.actor, &self.filter).await?;
        let mark = counted.cursor.position;
        let (mut from, until) = (position.min(mark), position.max(mark));
        let mut moved = 0;
        while from < until {
            let page = read(&mut conn, from, PAGE.min((until - from) as i64)).await?;
            let Some(last) = page.last() else { break };
            from = last.position;
            moved += page.iter().map(|event| change_of_count(self.step(event))).sum::<i64>();
        }
        let tickets = counted.tickets as i64 + if position < mark { -moved } else { moved };
        Ok(tickets.max(0).unsigned_abs())
    }

    /// The next step; `None` when the stream has ended, because the process stops or the actor may
    /// no longer sign in.
    pub async fn next(&mut self) -> Option<QueueUpdate> {
        if std::mem::take(&mut self.resync) {
            return Some(self.resync());
        }
        loop {
            let event = self.follower.next().await?;
            if self.viewer.heed(&event).await? {
                return self.reread().await;
            }
            let Some(kind) = self.step(&event) else { continue };
            if let Some(total) = &mut self.total_count {
                *total = total.saturating_add_signed(change_of_count(Some(kind)));
            }
            let cursor = self.follower.cursor();
            return Some(QueueUpdate {
                kind,
                cursor,
                event: Some(event),
                total_count: self.total_count,
            });
        }
    }

    /// Other rights, another list: counts it again.
    async fn reread(&mut self) -> Option<QueueUpdate> {
        while self.total_count.is_some() {
            let at = self.follower.cursor().position;
            match self.count_at(&self.viewer.pool, at).await {
                Ok(total) => {
                    self.total_count = Some(total);
                    break;
                }
                Err(Error::Unavailable(_)) => tokio::time::sleep(crate::events::CLOCK).await,
                Err(_) => return None,
            }
        }
        Some(self.resync())
    }

    fn resync(&self) -> QueueUpdate {
        QueueUpdate {
            kind: QueueUpdateKind::Resync,
            cursor: self.follower.cursor(),
            event: None,
            total_count: self.total_count,
        }
    }

    fn step(&self, event: &LogEvent) -> Option<QueueUpdateKind> {
        let after = event.payload.ticket.as_ref().filter(|_| event.kind.is_about_ticket())?;
        let shows = |ticket: &TicketSnapshot| {
            self.viewer.visibility.admits(ticket) && self.filter.admits(ticket)
        };
        let is_in = shows(after);
        let was_in =
            event.kind != EventKind::TicketCreated && shows(&event.payload.changes.undo(after));
        match (was_in, is_in) {
            (false, true) => Some(QueueUpdateKind::Enter),
            (true, false) => Some(QueueUpdateKind::Leave),
            // What changes nothing a customer may see is no update to a customer.
            (true, true) if self.viewer.may_know(event.kind) => Some(QueueUpdateKind::Update),
            _ => None,
        }
    }
}

fn change_of_count(step: Option<QueueUpdateKind>) -> i64 {
    match step {
        Some(QueueUpdateKind::Enter) => 1,
        Some(QueueUpdateKind::Leave) => -1,
        _ => 0,
    }
}

/// One step of a live ticket.
#[derive(Debug, Clone)]
pub struct TicketUpdate {
    pub cursor: Cursor,
    /// `None`: updates were missed for good, read the ticket anew.
    pub event: Option<Arc<LogEvent>>,
}

/// Everything that happens to one ticket, for one subscriber.
pub struct TicketStream {
    viewer: Viewer,
    ticket: TicketId,
    follower: Follower,
    resync: bool,
}

impl TicketStream {
    /// Follows a ticket the caller has already found visible.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Unavailable`].
    pub async fn open(
        desk: &Desk,
        actor: Actor,
        ticket: TicketId,
        after: Option<Cursor>,
    ) -> Result<Self> {
        let viewer = Viewer::new(desk, actor)?;
        let (follower, resync) = start(&desk.hub, after).await?;
        Ok(Self { viewer, ticket, follower, resync })
    }

    /// The next event of the ticket; `None` when the stream has ended, also because the ticket
    /// became invisible.
    pub async fn next(&mut self) -> Option<TicketUpdate> {
        if std::mem::take(&mut self.resync) {
            return Some(TicketUpdate { cursor: self.follower.cursor(), event: None });
        }
        loop {
            let event = self.follower.next().await?;
            self.viewer.heed(&event).await?;
            let Some(ticket) = event.payload.ticket.as_ref().filter(|t| t.id == self.ticket) else {
                continue;
            };
            if !self.viewer.visibility.admits(ticket) {
                return None;
            }
            if self.viewer.may_know(event.kind) {
                return Some(TicketUpdate { cursor: self.follower.cursor(), event: Some(event) });
            }
        }
    }
}

async fn start(hub: &Hub, after: Option<Cursor>) -> Result<(Follower, bool)> {
    Ok(match hub.follow(after).await? {
        Start::Resumed(follower) => (follower, false),
        Start::Resync(follower) => (follower, true),
    })
}

/// The subscriber's rights, looked up again when an event says they changed.
struct Viewer {
    pool: Pool,
    actor: Actor,
    visibility: Visibility,
}

impl Viewer {
    fn new(desk: &Desk, actor: Actor) -> Result<Self> {
        let visibility = Visibility::of(&actor)?;
        Ok(Self { pool: desk.pool.clone(), actor, visibility })
    }

    /// Whether the event changed what the actor may see. `None` once the actor is gone, inactive or in
    /// another role: the stream ends, because who reads its items has the old role in mind.
    async fn heed(&mut self, event: &LogEvent) -> Option<bool> {
        let about_me = self.actor.user_id.is_some_and(|me| me == UserId::from(event.subject_id));
        if !(event.kind.changes_rights() && about_me) {
            return Some(false);
        }
        let present = loop {
            match self.reload().await {
                Ok(actor) => break actor,
                Err(Error::Unavailable(_)) => tokio::time::sleep(crate::events::CLOCK).await,
                Err(_) => return None,
            }
        };
        if present.role != self.actor.role {
            return None;
        }
        self.actor = present;
        let visibility = Visibility::of(&self.actor).ok()?;
        let is_other = visibility != self.visibility;
        self.visibility = visibility;
        Some(is_other)
    }

    async fn reload(&self) -> Result<Actor> {
        let mut conn = self.pool.get().await?;
        let user = self.actor.user()?;
        sessions::actor_of_user(&mut conn, user, self.actor.scopes.clone()).await
    }

    fn may_know(&self, kind: EventKind) -> bool {
        self.actor.is_staff() || !kind.is_internal()
    }
}

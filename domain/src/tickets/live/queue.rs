//! A live queue for one subscriber, from any cursor and through changes of rights.

use diesel_async::AsyncConnection;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::rights::{Heed, heed, rights_at};
use super::view::{QueueView, Step, whose_rights};
use super::words::Words;
use super::{QueueUpdate, QueueUpdateKind, change_of_count, states};
use crate::db::{Pool, read_one_moment};
use crate::error::{Error, Result};
use crate::events::{self, CLOCK, Follower, LogEvent, Position, Start};
use crate::ids::{QueueId, TicketId};
use crate::tickets::queries::visible;
use crate::tickets::{Ticket, TicketFilter, TicketSnapshot, Visibility, count, count_at_mark};
use crate::{Actor, Conn, Desk};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tokio::sync::watch;

/// Most tickets that are named one by one when rights change; more are a RESYNC.
const TURN_MAX: usize = 1000;
/// Farthest a subscriber may be behind for a change of rights to be worked out; else a RESYNC.
const TURN_BEHIND_MAX: u64 = 10_000;
/// Events looked at together.
const PAGE: i64 = 500;

/// A live queue for one subscriber.
///
/// Follows the subscriber's rights as the log changes them: what becomes invisible LEAVEs, what becomes
/// visible ENTERs. What the subscriber may not see any more at present is not shown even where an
/// older event is replayed.
pub struct QueueStream {
    pool: Pool,
    /// With the rights that held at the stream's position.
    view: Arc<QueueView>,
    words: Option<Words>,
    present: Visibility,
    follower: Follower,
    pending: VecDeque<QueueUpdate>,
    total_count: Option<u64>,
    passed: watch::Sender<Position>,
}

impl QueueStream {
    /// Follows the tickets that `filter` admits and `actor` may see, after `after` or from now.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Unauthenticated`] when the actor is inactive by now;
    /// [`Error::Unavailable`].
    pub async fn open(
        desk: &Desk,
        actor: Actor,
        filter: TicketFilter,
        after: Option<events::Cursor>,
        with_count: bool,
    ) -> Result<Self> {
        // Refuses a token before anything is read.
        Visibility::of(&actor)?;
        let pool = desk.pool.clone();
        let (mut follower, mut resync) = match desk.hub.follow(after).await? {
            Start::Resumed(follower) => (follower, false),
            Start::Resync(follower) => (follower, true),
        };
        let (present, then) = loop {
            let found = rights_at(&mut *pool.get().await?, &actor, follower.position()).await?;
            match found {
                Some(rights) => break rights,
                None => {
                    resync = true;
                    let (Start::Resumed(now) | Start::Resync(now)) = desk.hub.follow(None).await?;
                    follower = now;
                }
            }
        };
        let present = Visibility::of(&present)?;
        let view = Arc::new(QueueView::new(then, filter)?);
        let words = view.words();
        let mut stream = Self {
            pool,
            view,
            words,
            present,
            follower,
            pending: VecDeque::new(),
            total_count: None,
            passed: watch::Sender::new(0),
        };
        if with_count {
            let at = stream.follower.position();
            stream.total_count = Some(count_at(&stream.pool, &stream.view, at).await?);
        }
        if resync {
            stream.resync();
        }
        Ok(stream)
    }

    /// Position up to which every step was returned by [`QueueStream::next`] and passed on by who
    /// called it: they asked for the next one.
    pub fn passed(&self) -> watch::Receiver<Position> {
        self.passed.subscribe()
    }

    /// The next step; `None` when the stream has ended, because the process stops, the log was
    /// pruned up to here, or the actor may no longer sign in or has another role.
    pub async fn next(&mut self) -> Option<QueueUpdate> {
        loop {
            if let Some(step) = self.pending.pop_front() {
                return Some(step);
            }
            self.passed.send_replace(self.follower.position());
            let event = self.follower.next().await?;
            let me = self.view.actor.user_id;
            if me.is_some() && whose_rights(&event) == me {
                match heed(&self.pool, &self.view.actor, &event).await {
                    Heed::Same => {}
                    Heed::Other(actor) => self.turn(actor).await?,
                    Heed::Gone => return None,
                }
                continue;
            }
            let Some(step) = self.view.judge(&event) else { continue };
            let Some(kind) = self.settle_words(step, &event).await.and_then(Step::kind) else {
                continue;
            };
            self.count(kind).await;
            let update = QueueUpdate::of(kind, self.follower.cursor(), &event);
            let is_hidden = update.event.is_some()
                && event.payload.ticket.as_ref().is_some_and(|now| !self.present.admits(now));
            if !is_hidden {
                return Some(QueueUpdate { total_count: self.total_count, ..update });
            }
        }
    }

    async fn settle_words(&self, step: Step, event: &LogEvent) -> Option<Step> {
        judge_words(&self.pool, self.words.as_ref(), step, event).await
    }

    async fn count(&mut self, kind: QueueUpdateKind) {
        let change = change_of_count(kind);
        if let Some(total) = &mut self.total_count
            && change != 0
        {
            *total = total.saturating_add_signed(change);
            if self.words.is_some() {
                *total = count_now(&self.pool, &self.view).await.unwrap_or(*total);
            }
        }
    }

    /// Goes on with other rights: names what leaves and what enters by them.
    async fn turn(&mut self, actor: Actor) -> Option<()> {
        let next = Arc::new(QueueView::new(actor, self.view.filter.clone()).ok()?);
        let position = self.follower.position();
        let steps = loop {
            match turn_steps(&self.pool, &self.view, &next, position).await {
                Ok(steps) => break steps,
                Err(Error::Unavailable(_)) => tokio::time::sleep(CLOCK).await,
                Err(_) => return None,
            }
        };
        self.view = next;
        let Some(steps) = steps else {
            self.present = self.view.visibility.clone();
            while self.total_count.is_some() {
                match count_at(&self.pool, &self.view, position).await {
                    Ok(total) => {
                        self.total_count = Some(total);
                        break;
                    }
                    Err(Error::Unavailable(_)) => tokio::time::sleep(CLOCK).await,
                    Err(_) => return None,
                }
            }
            self.resync();
            return Some(());
        };
        let last = steps.len().saturating_sub(1);
        if self.words.is_some() && self.total_count.is_some() {
            // Not every one that leaves was in the list.
            self.total_count = count_now(&self.pool, &self.view).await.ok().or(self.total_count);
        }
        for (at, (kind, ticket)) in steps.into_iter().enumerate() {
            if let Some(total) = self.total_count.as_mut().filter(|_| self.words.is_none()) {
                *total = total.saturating_add_signed(change_of_count(kind));
            }
            // Only the last one moves the cursor: who stops half-way gets all of them again.
            let cursor = self.follower.cursor_at(position - u64::from(at < last));
            self.pending.push_back(QueueUpdate {
                kind,
                cursor,
                ticket_id: Some(ticket.id),
                ticket: (kind == QueueUpdateKind::Enter).then_some(ticket),
                event: None,
                total_count: self.total_count,
                since: None,
            });
        }
        Some(())
    }

    fn resync(&mut self) {
        let update = QueueUpdate::resync(self.follower.cursor());
        self.pending.push_back(QueueUpdate { total_count: self.total_count, ..update });
    }
}

/// Looks at the words where the filter has any. Waits while the database is away; `None` when it
/// cannot judge.
pub(super) async fn judge_words(
    pool: &Pool,
    words: Option<&Words>,
    step: Step,
    event: &LogEvent,
) -> Option<Step> {
    let Some(words) = words else { return Some(step) };
    loop {
        let judged = async { words.judge(&mut *pool.get().await?, event).await }.await;
        match judged {
            Ok((matched, matches)) => return Some(step.with_words(matched, matches)),
            Err(Error::Unavailable(_)) => tokio::time::sleep(CLOCK).await,
            Err(error) => {
                tracing::warn!(error = %error.chain(), "a live queue's words could not be judged");
                return None;
            }
        }
    }
}

/// Tickets in the list at present.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub(super) async fn count_now(pool: &Pool, view: &QueueView) -> Result<u64> {
    count(&mut *pool.get().await?, &view.actor, &view.filter).await
}

/// Tickets in the list as the log had them at `position`.
///
/// Counted at the log's present end; the effect of what lies between is taken back, or added. With
/// words in the filter it is the present count.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub(super) async fn count_at(pool: &Pool, view: &QueueView, position: Position) -> Result<u64> {
    if view.filter.text.is_some() {
        return count_now(pool, view).await;
    }
    let mut conn = pool.get().await?;
    let counted = count_at_mark(&mut conn, &view.actor, &view.filter).await?;
    let mark = counted.cursor.position;
    let (mut from, until) = (position.min(mark), position.max(mark));
    let mut moved: i64 = 0;
    while from < until {
        let page = events::read(&mut conn, from, PAGE.min((until - from) as i64)).await?;
        let Some(last) = page.last() else { break };
        from = last.position;
        let kinds = page.iter().filter_map(|event| view.judge(event)?.kind());
        moved += kinds.map(change_of_count).sum::<i64>();
    }
    let total = counted.tickets as i64 + if position < mark { -moved } else { moved };
    Ok(total.max(0).unsigned_abs())
}

/// What leaves and what enters the list when its subscriber's rights change at `position`, as the
/// log had the tickets then. `None`: too many to name.
async fn turn_steps(
    pool: &Pool,
    before: &QueueView,
    after: &QueueView,
    position: Position,
) -> Result<Option<Vec<(QueueUpdateKind, Ticket)>>> {
    let (lost, gained) = match (&before.visibility, &after.visibility) {
        (Visibility::Queues(before), Visibility::Queues(after)) => {
            (without(before, after), without(after, before))
        }
        _ => return Ok(Some(Vec::new())),
    };
    let mut conn = pool.get().await?;
    read_one_moment(&mut conn).await?;
    conn.transaction(async |conn| {
        let affected = Visibility::Queues([&lost[..], &gained[..]].concat());
        let mut query = visible(&affected).limit(TURN_MAX as i64 + 1);
        for predicate in before.filter.predicates(before.actor.is_staff()) {
            query = query.filter(predicate);
        }
        let rows: Vec<Ticket> = query.load(conn).await?;
        let Some(then) = states_at(conn, position).await? else { return Ok(None) };
        if rows.len() > TURN_MAX {
            return Ok(None);
        }
        // Nobody knows the words a changed ticket had then. It leaves in any case, and one that
        // had others is not missed; it enters if it has them now, or later by its next event.
        let has_words = before.filter.text.is_some();
        let touched: HashMap<TicketId, &TicketSnapshot> = then
            .values()
            .flatten()
            .filter(|state| affected.admits(state) && before.filter.admits(state))
            .filter(|state| !has_words || lost.contains(&state.queue_id))
            .map(|state| (state.id, state))
            .collect();
        let untouched = rows.into_iter().filter(|row| match has_words {
            true => !touched.contains_key(&row.id),
            false => !then.contains_key(&row.id),
        });
        let mut steps: Vec<(QueueUpdateKind, Ticket)> = untouched
            .chain(touched.values().map(|state| state.ticket.clone()))
            .map(|ticket| match lost.contains(&ticket.queue_id) {
                true => (QueueUpdateKind::Leave, ticket),
                false => (QueueUpdateKind::Enter, ticket),
            })
            .collect();
        steps.sort_by_key(|(_, ticket)| ticket.number);
        Ok(Some(steps))
    })
    .await
}

fn without(all: &[QueueId], some: &[QueueId]) -> Vec<QueueId> {
    all.iter().copied().filter(|id| !some.contains(id)).collect()
}

/// Tickets that changed after `position`, as they were at it; those created since are `None`.
async fn states_at(
    conn: &mut Conn,
    position: Position,
) -> Result<Option<HashMap<TicketId, Option<TicketSnapshot>>>> {
    let (_, end) = events::mark(conn).await?;
    if end.saturating_sub(position) > TURN_BEHIND_MAX {
        return Ok(None);
    }
    let mut later = events::read(conn, position, TURN_BEHIND_MAX as i64).await?;
    later.extend(events::waiting(conn).await?);
    let mut then = HashMap::new();
    for (before, after) in later.iter().filter_map(states) {
        then.entry(after.id).or_insert(before);
    }
    Ok(Some(then))
}

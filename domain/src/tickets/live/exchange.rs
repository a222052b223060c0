//! Hands each event to the views it concerns.
//!
//! One task a process takes the events from the hub in log order. Views stand in an index under the
//! narrowest of their conditions (ticket, requester, assignee, queue, person told), so an event costs what the
//! views cost that it can concern, however many others there are. A view's rights never change: when
//! a user's do, their subscribers leave the view, and the exchange says from which position on.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;
use tracing::warn;

use super::view::{Concern, Facts, Key, View, whose_rights};
use crate::error::Result;
use crate::events::{CLOCK, Cursor, Follower, Hub, LogEvent, Position, Start};
use crate::ids::UserId;

/// Events that may wait for one view; with more it is given up, and its subscribers read the log.
const WAITING_MAX: usize = 1024;

/// See the module's documentation; cheap to clone.
#[derive(Clone)]
pub struct Exchange(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Every event up to here was handed out. Moved with the state locked.
    done: AtomicU64,
    /// A cursor of this log.
    cursor: Cursor,
}

#[derive(Default)]
struct State {
    next_seat: u64,
    seats: HashMap<u64, Place>,
    index: HashMap<Key, Vec<u64>>,
    /// Last event about each user's rights since the exchange began.
    turned: HashMap<UserId, Position>,
    people: HashMap<UserId, watch::Sender<Position>>,
}

struct Place {
    view: View,
    events: mpsc::Sender<Handed>,
    handed: Arc<AtomicU64>,
}

/// An event with what it is to the view.
pub(crate) struct Handed {
    pub event: Arc<LogEvent>,
    pub(super) concern: Concern,
    pub at: Instant,
}

impl Exchange {
    /// Begins at the present end of the log.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the database is away.
    pub async fn start(hub: Hub) -> Result<Self> {
        let follower = from_now(&hub).await?;
        let exchange = Self(Arc::new(Shared {
            state: Mutex::default(),
            done: AtomicU64::new(follower.position()),
            cursor: follower.cursor(),
        }));
        tokio::spawn(exchange.clone().run(hub, follower));
        Ok(exchange)
    }

    /// Every event up to here was handed out.
    pub fn position(&self) -> Position {
        self.0.done.load(Ordering::Acquire)
    }

    /// The cursor an event of this log has.
    pub fn cursor_at(&self, position: Position) -> Cursor {
        self.0.cursor.at(position)
    }

    /// Whether a cursor is of this log.
    pub fn knows(&self, cursor: Cursor) -> bool {
        self.cursor_at(cursor.position) == cursor
    }

    /// Position of the last event about the user's rights, 0 for none since the process began.
    pub fn last_turn(&self, user: UserId) -> Position {
        self.state().turned.get(&user).copied().unwrap_or(0)
    }

    /// The same, as it changes: before any later event is handed out.
    pub fn rights_of(&self, user: UserId) -> watch::Receiver<Position> {
        let mut state = self.state();
        let last = state.turned.get(&user).copied().unwrap_or(0);
        if state.people.len() > 64 && state.people.len().is_power_of_two() {
            state.people.retain(|_, person| person.receiver_count() > 0);
        }
        let person = state.people.entry(user).or_insert_with(|| watch::Sender::new(last));
        person.subscribe()
    }

    pub(crate) fn take_seat(&self, view: View) -> Seat {
        let (sender, events) = mpsc::channel(WAITING_MAX);
        let handed = Arc::new(AtomicU64::new(0));
        let mut state = self.state();
        let id = state.next_seat;
        state.next_seat += 1;
        for key in view.keys() {
            state.index.entry(key).or_default().push(id);
        }
        state.seats.insert(id, Place { view, events: sender, handed: handed.clone() });
        let progress = Progress { exchange: self.clone(), handed, processed: Arc::default() };
        Seat { id, began: self.position(), taken: 0, events, progress }
    }

    async fn run(self, hub: Hub, mut follower: Follower) {
        loop {
            while let Some(event) = follower.next().await {
                self.hand_out(&event);
            }
            // Too far behind for the kept log: everybody starts anew.
            follower = loop {
                match from_now(&hub).await {
                    Ok(follower) => break follower,
                    Err(error) => warn!(error = %error.chain(), "live updates wait for the log"),
                }
                sleep(CLOCK).await;
            };
            let mut state = self.state();
            state.seats.clear();
            state.index.clear();
            self.0.done.store(follower.position(), Ordering::Release);
        }
    }

    fn hand_out(&self, event: &Arc<LogEvent>) {
        let mut state = self.state();
        let state = &mut *state;
        if let Some(user) = whose_rights(event) {
            state.turned.insert(user, event.position);
            if let Some(person) = state.people.get(&user) {
                person.send_replace(event.position);
            }
        }
        let mut given_up = Vec::new();
        if let Some(facts) = Facts::of(event) {
            let at = Instant::now();
            for id in facts.keys().iter().filter_map(|key| state.index.get(key)).flatten() {
                let Some(place) = state.seats.get(id) else { continue };
                // A view stands under several queues: once is enough.
                if place.handed.load(Ordering::Relaxed) == event.position {
                    continue;
                }
                let Some(concern) = place.view.concern(&facts) else { continue };
                // Before it is taken, and also when it cannot be: the reader has not seen it.
                place.handed.store(event.position, Ordering::Release);
                let handed = Handed { event: event.clone(), concern, at };
                if place.events.try_send(handed).is_err() {
                    given_up.push(*id);
                }
            }
        }
        for id in given_up {
            state.remove(id);
        }
        self.0.done.store(event.position, Ordering::Release);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("nobody panics with the lock")
    }
}

impl State {
    fn remove(&mut self, id: u64) {
        let Some(place) = self.seats.remove(&id) else { return };
        for key in place.view.keys() {
            if let Some(seats) = self.index.get_mut(&key) {
                seats.retain(|seat| *seat != id);
                if seats.is_empty() {
                    self.index.remove(&key);
                }
            }
        }
    }
}

async fn from_now(hub: &Hub) -> Result<Follower> {
    let (Start::Resumed(follower) | Start::Resync(follower)) = hub.follow(None).await?;
    Ok(follower)
}

/// A view's place in the exchange, until it is dropped.
pub(crate) struct Seat {
    id: u64,
    /// Events after this position come.
    pub began: Position,
    /// Position of the event that was taken last.
    taken: Position,
    events: mpsc::Receiver<Handed>,
    pub progress: Progress,
}

impl Seat {
    /// The next event that concerns the view; `None` when the seat was given up.
    ///
    /// Who asks for the next one has passed on what came of the one before.
    pub async fn next(&mut self) -> Option<Handed> {
        self.progress.processed.store(self.taken, Ordering::Release);
        let handed = self.events.recv().await?;
        self.taken = handed.event.position;
        Some(handed)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.progress.exchange.state().remove(self.id);
    }
}

/// How far a view has come, told from outside.
#[derive(Clone)]
pub struct Progress {
    exchange: Exchange,
    handed: Arc<AtomicU64>,
    processed: Arc<AtomicU64>,
}

impl Progress {
    /// Everything up to here that concerns the view was passed on by its reader.
    pub fn position(&self) -> Position {
        // In this order: what is handed out in between moves `handed` and is noticed.
        let done = self.exchange.position();
        let handed = self.handed.load(Ordering::Acquire);
        let processed = self.processed.load(Ordering::Acquire);
        if processed >= handed { processed.max(done) } else { processed }
    }

    pub(crate) fn cursor_at(&self, position: Position) -> Cursor {
        self.exchange.cursor_at(position)
    }
}

//! What a process remembers of the database, for as long as the event log tells of no change.
//!
//! A value read before is true while the log has no event about its user since it was read and the
//! heartbeat says that the log flows. After this process itself wrote such an event it must also have
//! seen all that it announced, so that nobody reads less than they changed. Otherwise the database is
//! asked. Other processes' changes are seen when their events arrive, milliseconds after the commit.

use lru::LruCache;
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::events::{Announcer, Hub, Position};
use crate::ids::UserId;
use crate::tickets::Exchange;

/// With an older heartbeat nothing remembered counts.
const FLOWING: Duration = Duration::from_secs(3);
const UNPOISONED: &str = "nobody panics with the lock";

/// After an event about a user was written here, for longer than the heartbeat may be old: whatever
/// was committed before that has been seen by then.
const UNSETTLED: Duration = Duration::from_secs(10);
/// When this process last wrote an event about a user.
static WRITTEN_AT: Mutex<Option<Instant>> = Mutex::new(None);

/// Says that the transaction under way changes a user or what they may do.
pub(crate) fn note_change() {
    *WRITTEN_AT.lock().expect(UNPOISONED) = Some(Instant::now());
}

fn is_settled() -> bool {
    WRITTEN_AT.lock().expect(UNPOISONED).is_none_or(|at| at.elapsed() > UNSETTLED)
}

/// The event log as this process has followed it.
#[derive(Clone, Copy)]
pub(crate) struct Followed<'a> {
    pub hub: &'a Hub,
    pub announcer: &'a Announcer,
    pub exchange: &'a Exchange,
}

impl Followed<'_> {
    /// Whether what is remembered may be used now.
    pub fn is_current(self) -> bool {
        (is_settled() || self.position() >= self.announcer.end())
            && self.hub.heartbeat().is_some_and(|beat| beat.age() < FLOWING)
    }

    /// What is read after this call has everything up to here, and maybe more.
    pub fn position(self) -> Position {
        self.exchange.position()
    }

    /// Whether the log says nothing new about a user since a position.
    pub fn is_unchanged(self, user: UserId, since: Position) -> bool {
        self.exchange.last_turn(user) <= since
    }
}

/// Values with the position they were read at, those used lately.
pub(crate) struct Remembered<K, V>(Arc<Mutex<LruCache<K, (V, Position)>>>);

impl<K, V> Clone for Remembered<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Hash + Eq, V: Clone> Remembered<K, V> {
    /// Grows up to `capacity` values.
    pub fn new(capacity: NonZeroUsize) -> Self {
        // Not `LruCache::new`, which takes the room for all at once.
        let mut values = LruCache::unbounded();
        values.resize(capacity);
        Self(Arc::new(Mutex::new(values)))
    }

    /// A value, if `is_true` still holds of it and its position.
    pub fn get(&self, key: &K, is_true: impl FnOnce(&V, Position) -> bool) -> Option<V> {
        let mut values = self.0.lock().expect(UNPOISONED);
        let (value, at) = values.get(key)?;
        is_true(value, *at).then(|| value.clone())
    }

    /// `at`: the position before the value was read.
    pub fn put(&self, key: K, value: V, at: Position) {
        self.0.lock().expect(UNPOISONED).put(key, (value, at));
    }
}

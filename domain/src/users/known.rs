//! Users this process has read, for as long as the log does not say that they have changed.
//!
//! Each live item names people, and mostly the same ones. Whatever changes a user writes an event with
//! the user as its subject, and the exchange tells the position of the last one: what was read after
//! everything up to there was committed still holds for whoever follows the log.

use lru::LruCache;
use std::sync::{Arc, Mutex, MutexGuard};

use super::{User, find_many};
use crate::db::Pool;
use crate::error::Result;
use crate::events::Position;
use crate::ids::UserId;
use crate::tickets::Exchange;

/// Users remembered at most.
const CAPACITY: usize = 4096;

#[derive(Clone)]
pub struct KnownUsers(Arc<Mutex<LruCache<UserId, Known>>>);

struct Known {
    user: User,
    /// Everything in the log up to here is taken into account.
    at: Position,
}

impl Default for KnownUsers {
    fn default() -> Self {
        // Grows with what is in it, unlike one that is told its capacity.
        Self(Arc::new(Mutex::new(LruCache::unbounded())))
    }
}

impl KnownUsers {
    /// As [`find_many`]; not older than what the exchange has handed out, and maybe not newer.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the database is asked and away.
    pub async fn find(
        &self,
        pool: &Pool,
        exchange: &Exchange,
        ids: &[UserId],
    ) -> Result<Vec<User>> {
        let (mut found, mut unknown) = (Vec::new(), Vec::new());
        for id in ids {
            let turned = exchange.last_turn(*id);
            match self.known().get(id).filter(|known| turned <= known.at) {
                Some(known) => found.push(known.user.clone()),
                None => unknown.push(*id),
            }
        }
        if unknown.is_empty() {
            return Ok(found);
        }
        // What is committed after `at` may or may not be seen: its event makes this ask again.
        let at = exchange.position();
        let read = find_many(&mut *pool.get().await?, &unknown).await?;
        let mut known = self.known();
        for user in &read {
            known.put(user.id, Known { user: user.clone(), at });
            while known.len() > CAPACITY {
                known.pop_lru();
            }
        }
        found.extend(read);
        Ok(found)
    }

    fn known(&self) -> MutexGuard<'_, LruCache<UserId, Known>> {
        self.0.lock().expect("nobody panics with the lock")
    }
}

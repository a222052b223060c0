//! Callers this process knows already.
//!
//! Looking up a session or token costs three statements, for the same answer nearly every time. What
//! could change the answer is in the event log: the exchange tells the position of the last event
//! about each user's rights. A known caller counts only as long as there is none since they were
//! looked up, this process has seen all that it announced itself, and the heartbeat says that the
//! log flows. Otherwise the database is asked.

use lru::LruCache;
use secrecy::{ExposeSecret, SecretString};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Authenticated, authenticate};
use crate::db::Pool;
use crate::error::Result;
use crate::events::{Announcer, Hub, Position};
use crate::tickets::Exchange;
use crate::{Timestamp, secret_token};

/// Callers remembered at most.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");
/// With an older heartbeat nothing remembered counts.
const FLOWING: Duration = Duration::from_secs(3);
const UNPOISONED: &str = "nobody panics with the lock";

#[derive(Clone)]
pub struct KnownCallers(Arc<Mutex<LruCache<Vec<u8>, Known>>>);

#[derive(Clone)]
struct Known {
    caller: Authenticated,
    /// Everything in the log up to here is taken into account.
    at: Position,
}

impl Default for KnownCallers {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(CAPACITY))))
    }
}

impl KnownCallers {
    /// As [`authenticate`], from memory where that is safe.
    ///
    /// # Errors
    /// [`crate::Error::Unauthenticated`]; [`crate::Error::Unavailable`].
    pub async fn authenticate(
        &self,
        (pool, hub, announcer): (&Pool, &Hub, &Announcer),
        exchange: &Exchange,
        secret: &SecretString,
    ) -> Result<Authenticated> {
        let hash = secret_token::hash(secret.expose_secret());
        let at = exchange.position();
        let is_current =
            at >= announcer.end() && hub.heartbeat().is_some_and(|beat| beat.age() < FLOWING);
        if is_current && let Some(caller) = self.recall(&hash, exchange) {
            return Ok(caller);
        }
        // What is committed after `at` may or may not be seen: its event makes this ask again.
        let caller = authenticate(&mut *pool.get().await?, secret).await?;
        let known = Known { caller: caller.clone(), at };
        self.0.lock().expect(UNPOISONED).put(hash, known);
        Ok(caller)
    }

    fn recall(&self, hash: &[u8], exchange: &Exchange) -> Option<Authenticated> {
        let known = self.0.lock().expect(UNPOISONED).get(hash)?.clone();
        let has_ended = known.caller.expires_at.is_some_and(|at| at <= Timestamp::now());
        let turned = known.caller.actor.user_id.map_or(0, |user| exchange.last_turn(user));
        (!has_ended && turned <= known.at).then_some(known.caller)
    }
}

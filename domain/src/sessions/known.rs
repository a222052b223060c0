//! Callers this process knows already.
//!
//! Looking up a session or token costs three statements, for the same answer nearly every time.

use secrecy::{ExposeSecret, SecretString};
use std::num::NonZeroUsize;

use super::{Authenticated, authenticate};
use crate::db::Pool;
use crate::error::Result;
use crate::remembered::{Followed, Remembered};
use crate::{Timestamp, secret_token};

/// Callers remembered at most.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");

/// By the hash of their secret.
#[derive(Clone)]
pub struct KnownCallers(Remembered<Vec<u8>, Authenticated>);

impl Default for KnownCallers {
    fn default() -> Self {
        Self(Remembered::new(CAPACITY))
    }
}

impl KnownCallers {
    /// As [`authenticate`], from memory where that is safe.
    ///
    /// # Errors
    /// [`crate::Error::Unauthenticated`]; [`crate::Error::Unavailable`].
    pub(crate) async fn authenticate(
        &self,
        pool: &Pool,
        log: Followed<'_>,
        secret: &SecretString,
    ) -> Result<Authenticated> {
        let hash = secret_token::hash(secret.expose_secret());
        if log.is_current() {
            let known = self.0.get(&hash, |caller, at| {
                let has_ended = caller.expires_at.is_some_and(|end| end <= Timestamp::now());
                let user = caller.actor.user_id;
                !has_ended && user.is_none_or(|user| log.is_unchanged(user, at))
            });
            if let Some(caller) = known {
                return Ok(caller);
            }
        }
        let at = log.position();
        let caller = authenticate(&mut *pool.get().await?, secret).await?;
        self.0.put(hash, caller.clone(), at);
        Ok(caller)
    }
}

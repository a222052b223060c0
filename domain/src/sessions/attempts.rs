//! Slows down guessing of passwords: attempts are counted in Redis, for all processes together.

use redis::AsyncCommands;
use sha2::{Digest, Sha256};
use std::time::Duration;
use tracing::warn;

use crate::error::{Error, Result};

/// Attempts for one address in one window.
const MAX_FOR_ADDRESS: u64 = 10;
/// Attempts from one place in one window; more, since an office shares one.
const MAX_FROM_PLACE: u64 = 100;
const WINDOW_S: i64 = 300;

/// Counts sign-in attempts. With Redis away nobody is refused: signing in matters more, and Argon2
/// alone keeps guessing slow.
#[derive(Clone)]
pub struct AttemptLimit {
    redis: redis::Client,
    prefix: String,
}

impl AttemptLimit {
    pub fn new(redis: redis::Client, prefix: &str) -> Self {
        Self { redis, prefix: prefix.to_owned() }
    }

    /// Counts one attempt to sign in as `email` from `place` (empty when unknown).
    ///
    /// # Errors
    /// [`Error::RateLimited`] after ten attempts for one address, or a hundred from one place, in
    /// five minutes.
    pub async fn count(&self, email: &str, place: &str) -> Result<()> {
        self.add("address", &email.trim().to_lowercase(), MAX_FOR_ADDRESS).await?;
        if !place.is_empty() {
            self.add("place", place, MAX_FROM_PLACE).await?;
        }
        Ok(())
    }

    async fn add(&self, kind: &str, who: &str, max: u64) -> Result<()> {
        // Hashed, so that Redis holds no addresses.
        let digest = Sha256::digest(who.as_bytes());
        let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let key = format!("{}:sign-in:{kind}:{name}", self.prefix);
        let counting = tokio::time::timeout(Duration::from_secs(1), self.increment(&key));
        match counting.await {
            Ok(Ok((attempts, left_s))) if attempts > max => {
                Err(Error::RateLimited { retry_after_s: left_s.max(1).unsigned_abs() })
            }
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                warn!(%error, "sign-in attempts are not counted");
                Ok(())
            }
            Err(_) => {
                warn!("sign-in attempts are not counted: Redis does not answer");
                Ok(())
            }
        }
    }

    async fn increment(&self, key: &str) -> redis::RedisResult<(u64, i64)> {
        let mut conn = self.redis.get_multiplexed_async_connection().await?;
        let attempts: u64 = conn.incr(key, 1).await?;
        if attempts == 1 {
            conn.expire::<_, ()>(key, WINDOW_S).await?;
        }
        Ok((attempts, conn.ttl(key).await?))
    }
}

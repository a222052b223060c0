//! Who is looking at a ticket, and who is writing on it, at this moment.
//!
//! Presence lives in Redis alone: a nicety that may be lost and comes back by itself. With Redis away
//! everybody is gone and nothing fails.
//!
//! Each ticket somebody looks at has one hash, with one field a *client*: one browser tab of one user.
//! Its value says until when, by Redis's own clock, the client counts as viewing and as typing; the
//! whole hash expires when its last client would. One script makes every change, drops what has
//! expired, and publishes the ticket's id on one channel when what others see has changed. Every
//! process that has watchers holds one subscription to that channel and reads the tickets it watches
//! anew when it is told to, and when by its clock somebody's time is over.
//!
//! A client says what it does with [`announce`], or holds a [`PresenceStream`], which renews it as
//! long as it is open and removes it at once when it is dropped. A process that is killed renews
//! nothing, so its clients are gone after [`PresenceTimes::viewing`].

mod announce;
mod lease;
mod list;
mod store;
mod stream;
mod watch;

use std::time::Duration;

use crate::Timestamp;
use crate::error::{Error, Result};
use crate::ids::UserId;

pub use announce::announce;
pub use stream::PresenceStream;
pub use watch::PresenceHub;

/// What a client does on a ticket; a stronger activity is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Activity {
    /// Nothing any more. Never in a list.
    Gone,
    Viewing,
    /// Viewing, and writing a message.
    Typing,
}

/// One user on one ticket, over all their clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    pub user_id: UserId,
    /// The strongest of their clients'.
    pub activity: Activity,
    /// Since when they have been on the ticket without a break.
    pub since: Timestamp,
    /// Their clients on this ticket, sorted.
    pub client_ids: Vec<String>,
}

/// How long a sign of life counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresenceTimes {
    /// For being there. Not shorter than `typing`.
    pub viewing: Duration,
    /// For typing, after which the client still counts as viewing.
    pub typing: Duration,
    /// How often an open [`PresenceStream`] gives one.
    pub renewal: Duration,
}

impl Default for PresenceTimes {
    fn default() -> Self {
        Self {
            viewing: Duration::from_secs(15),
            typing: Duration::from_secs(5),
            renewal: Duration::from_secs(5),
        }
    }
}

/// Longest name of a client.
const CLIENT_MAX_CHARS: usize = 64;

/// A client's own name for itself, unique among its user's clients.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ClientId(String);

impl ClientId {
    /// # Errors
    /// [`Error::Invalid`] for `clientId` unless it is 1 to 64 visible ASCII characters.
    fn check(text: &str) -> Result<Self> {
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.is_empty() || text.len() > CLIENT_MAX_CHARS || !is_visible {
            let why = format!("must be 1 to {CLIENT_MAX_CHARS} visible ASCII characters");
            return Err(Error::invalid("clientId", why));
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_named_in_visible_ascii() {
        for good in ["a", "0190-tab:1", &"x".repeat(64)] {
            assert_eq!(ClientId::check(good).unwrap().0, good);
        }
        for bad in ["", "a b", "ä", "a\n", &"x".repeat(65)] {
            assert!(ClientId::check(bad).is_err(), "{bad:?}");
        }
    }
}

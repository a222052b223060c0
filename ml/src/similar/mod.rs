//! Tickets like another one: an index of words that the worker keeps in memory.
//!
//! [`Index`] is numbers only: an inverted list of hashed words, queried by cosine. [`Words`] is how a
//! ticket's text becomes what the index holds. [`Follower`] is the edge: it fills an index from the desk
//! when the worker starts and then follows the event log.

mod follow;
mod index;
mod words;

pub use follow::{Follower, TICKETS_DEFAULT};
pub use index::{Age, Index, MEMORY_MAX_BYTES};
pub use words::Words;

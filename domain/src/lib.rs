//! The desk itself: rules, permissions, persistence and the event log.
//!
//! Knows MySQL and Redis; never GraphQL, HTTP or machine learning. Every noun is a folder with
//! `rules` (pure), `policy` (who may), `queries` (all Diesel) and one file a verb:
//! check → policy → transaction → event.

pub mod actor;
pub mod canned_replies;
pub mod categories;
pub mod category_proposals;
pub mod db;
mod desk;
pub mod drafts;
pub mod error;
pub mod events;
pub mod housekeeping;
pub mod idempotency;
pub mod ids;
pub mod jobs;
pub mod messages;
pub mod metrics;
pub mod models;
pub mod notifications;
pub mod organisations;
pub mod page;
pub mod presence;
pub mod queues;
pub mod read_marks;
mod remembered;
pub mod reports;
pub mod saved_views;
mod secret_token;
pub mod sessions;
pub mod similar;
pub mod suggestions;
pub mod tags;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod tickets;
pub mod tokens;
pub mod users;

pub use actor::Actor;
pub use db::Conn;
pub use db::types::Timestamp;
pub use desk::{Desk, DeskConfig};
pub use error::{Error, Result};

//! The domain on a real database: verbs, permissions, the log.

mod canned_replies;
mod db;
mod drafts;
mod events;
mod housekeeping;
mod jobs;
mod messages;
mod model_runs;
mod models;
mod people;
mod presence;
mod reports;
mod setup;
mod similar;
mod suggestions;
mod support;
mod tags;
mod tickets;

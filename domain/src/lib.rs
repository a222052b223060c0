//! The desk itself: rules, permissions, persistence and the event log.

pub mod tickets;

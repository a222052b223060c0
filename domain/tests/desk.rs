//! The domain on a real database: verbs, permissions, the log.

mod tickets;

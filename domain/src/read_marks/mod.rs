//! Read marks: how far each person has seen each ticket.
//!
//! A ticket is unread for somebody when something they may see happened on it since, by somebody else.
//! What happened is in the event log already, so a mark is a place in it, and nothing is written when
//! something happens. Marks are private and no event tells of them.

mod mark;
mod unread;

pub use mark::mark;
pub use unread::unread;

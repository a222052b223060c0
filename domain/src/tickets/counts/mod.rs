//! Exact numbers of tickets that nobody has to count.
//!
//! `ticket_counts` holds one row for each queue, status, priority and assigned-ness. Writers do not
//! touch it, so they never wait for each other there: an event says from which group to which its
//! ticket moved, and the sequencer adds that up in the transaction that gives the events their
//! positions. The counts are therefore exact as of `event_sequence.counted`, the log's end, and a
//! caller who waits for the sequencer after a change finds the change counted.

mod apply;
mod audit;
mod group;
mod read;

use apply::Moves;
pub(crate) use apply::{CountedEvent, moves_of};
pub use audit::{Difference, check, rebuild};
pub use group::{Group, Movement, count_group};
pub use read::{CountAtMark, QueueCount, count, count_at_mark, count_many, count_of_queues};

//! Reports: how much work came in and went out, and how long people waited.
//!
//! A report is about the tickets that its reader may see now: in lists, and in queues the reader sees, each
//! under the queue it is in now. Buckets are days, weeks or months of a time zone, cut at the report's ends.

mod buckets;
mod durations;
mod tickets;

pub use buckets::{BUCKETS_MAX, Bucket, Interval};
pub use durations::Durations;
pub use tickets::{Backlog, Figures, Report, ReportScope, ticket_report};

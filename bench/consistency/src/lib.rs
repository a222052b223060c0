//! The consistency checker: many writers do random legal and illegal things through the public
//! graph, many subscribers watch with random filters, rights, absences and slowness, while API
//! processes, the worker, Redis and the database are killed and paused. At the end every
//! subscriber must hold what the database holds, every acknowledged write must exist once, and
//! every stream must have told what the log says.
//!
//! ```text
//! plan.rs      what happens, from the seed alone
//! run.rs       servers, desk, writers, watchers and faults of one run
//! model.rs     the log and the rules, as the checker understands them
//! check/       what must be true at the end
//! ```
//!
//! The checker knows the desk from outside: the program, the graph, and the tables by SQL. It
//! shares no code with it.

mod check;
mod desk;
mod dice;
mod faults;
mod filter;
mod http;
mod ids;
mod model;
pub mod plan;
mod processes;
mod run;
mod servers;
mod socket;
mod subscriber;
mod suggestions;
mod tickets;
mod trace;
mod verbs;
mod writer;

pub use check::Violation;
pub use run::{Report, run};
pub use servers::are_installed;

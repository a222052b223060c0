//! Training and suggesting on a real desk.

mod bucket;
mod rollout;
mod runs;
mod support;
mod train;
mod worker;

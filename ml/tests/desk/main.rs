//! Training and suggesting on a real desk.

mod rollout;
mod support;
mod train;
mod worker;

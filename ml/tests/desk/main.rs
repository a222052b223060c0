//! Training and suggesting on a real desk.

mod bucket;
mod killed;
mod rollout;
mod runs;
mod similar;
mod support;
mod train;
mod worker;

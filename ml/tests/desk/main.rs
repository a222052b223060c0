//! Training and suggesting on a real desk.

mod rollout;
mod similar;
mod support;
mod train;
mod worker;

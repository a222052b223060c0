//! Training and suggesting on a real desk.

mod similar;
mod support;
mod train;
mod worker;

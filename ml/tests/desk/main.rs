//! Training and suggesting on a real desk.

mod support;
mod train;
mod worker;

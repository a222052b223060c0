//! Subscriptions through the real socket.

mod processes;
mod protocol;
mod pulse;
mod queue;
mod rights;
mod ticket;

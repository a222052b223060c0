//! Subscriptions through the real socket.

mod origin;
mod presence;
mod processes;
mod protocol;
mod pulse;
mod queue;
mod rights;
mod ticket;

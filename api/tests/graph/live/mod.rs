//! Subscriptions through the real socket.

mod protocol;
mod queue;
mod rights;
mod ticket;

//! Subscriptions through the real socket.

mod origin;
mod protocol;
mod queue;
mod rights;
mod ticket;

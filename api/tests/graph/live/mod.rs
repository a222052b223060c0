//! Subscriptions through the real socket.

mod presence;
mod protocol;
mod queue;
mod rights;
mod ticket;

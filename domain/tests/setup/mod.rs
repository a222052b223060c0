//! What admins set up: queues and their members, categories.

mod categories;
mod queues;

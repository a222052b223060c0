//! What admins set up: queues and their members, categories, models.

mod categories;
mod queues;

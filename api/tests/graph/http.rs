//! The transport: what is refused before, beside and instead of the graph.

mod documents;
mod health;
mod limits;
mod media;
mod metrics;
mod requests;
mod stopping;

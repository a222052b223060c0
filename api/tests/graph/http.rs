//! The transport: what is refused before, beside and instead of the graph.

mod health;
mod limits;
mod metrics;
mod requests;
mod stopping;

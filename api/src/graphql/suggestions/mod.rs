//! Suggestions in the graph.

pub mod mutation;
pub mod object;

//! Suggestions in the graph.

pub mod figures;
pub mod mutation;
pub mod object;

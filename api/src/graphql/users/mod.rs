//! People in the graph.

pub mod mutation;
pub mod object;
pub mod profile;
pub mod query;

//! Model versions and their rollout in the graph.

pub mod guards;
pub mod mutation;
pub mod object;
pub mod query;
pub mod rollout;
pub mod subscription;
pub mod validation;

pub use object::ModelVersion;

//! Trainings and their schedules in the graph.

pub mod mutation;
pub mod object;
pub mod query;
pub mod schedule;
pub mod subscription;

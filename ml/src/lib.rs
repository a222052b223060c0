//! Triage in numbers: text → features → classifier → calibrated suggestion.
//!
//! Nothing here knows a database or waits: the worker and the program call in from the edges.
//! Training ([`train::train`]) and serving ([`predict::Model::suggest`]) share every step up to the
//! feature vector, so a ticket is read the same way wherever it comes from.

pub mod artifact;
pub mod calibrate;
pub mod classifier;
pub mod dataset;
pub mod evaluate;
pub mod explain;
pub mod features;
pub mod predict;
pub mod text;
pub mod train;

#[cfg(test)]
mod testing;

//! Triage in numbers: text → features → classifier → calibrated suggestion.
//!
//! Only the edges, [`desk`], [`worker`] and [`run`], know a database or wait.
//! Training ([`train::train`]) and serving ([`predict::Model::suggest`]) share every step up to the
//! feature vector, so a ticket is read the same way wherever it comes from.

pub mod artifact;
pub mod calibrate;
pub mod classifier;
pub mod clusters;
pub mod compare;
pub mod dataset;
pub mod desk;
pub mod evaluate;
pub mod explain;
pub mod features;
pub mod language;
pub mod onnx;
pub mod predict;
pub mod proposals;
pub mod run;
pub mod similar;
pub mod store;
pub mod text;
pub mod train;
pub mod worker;

#[cfg(test)]
mod testing;

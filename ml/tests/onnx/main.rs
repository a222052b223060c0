//! Networks that a desk brings along, from the files to the worker.

mod model;
mod refused;
#[path = "../desk/support.rs"]
#[allow(dead_code, reason = "what only the other tests of a desk need")]
mod support;
mod tiny;
mod transformer;
mod worker;

//! The built program, as a person or a script runs it.

mod clusters;
mod quality;
mod support;
mod verbs;

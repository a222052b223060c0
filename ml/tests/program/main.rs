//! The built program, as a person or a script runs it.

mod quality;
mod support;
mod verbs;

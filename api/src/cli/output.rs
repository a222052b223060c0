//! Writing to people and programs without falling over a closed pipe.
//!
//! `println!` panics when the reader, such as `head`, has gone away; these return the error, and
//! [`super::run`] takes a closed standard output for a polite request to stop.

use std::fmt::Display;
use std::io::{ErrorKind, Write, stderr, stdout};

/// One line of results.
///
/// # Errors
/// Whatever standard output says; [`ErrorKind::BrokenPipe`] when nobody reads any more.
pub fn line(text: impl Display) -> std::io::Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// One line for the person who watches; lost when nobody does.
pub fn tell(text: impl Display) {
    let _ = writeln!(stderr().lock(), "{text}");
}

/// Nobody reads our results any more.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

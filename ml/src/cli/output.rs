//! Results on stdout, without falling over a closed pipe.

use std::fmt::Display;
use std::io::{ErrorKind, Write, stdout};

/// Prints results, ended by one line end.
///
/// # Errors
/// Whatever standard output says; `println!` would panic when `head` has read enough.
pub fn result(text: impl Display) -> std::io::Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{}", text.to_string().trim_end())?;
    out.flush()
}

/// Nobody reads the results any more: a polite request to stop.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

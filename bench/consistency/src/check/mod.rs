//! What must be true at the end of a run, each part from another side.

pub mod log;
pub mod processes;
pub mod streams;
pub mod views;
pub mod writes;

/// Something that must not be.
#[derive(Debug, Clone)]
pub struct Violation {
    /// One line.
    pub what: String,
    /// Where to look: events around it, what was expected, the trace's name of who saw it.
    pub details: String,
}

impl Violation {
    pub fn new(what: impl Into<String>, details: impl Into<String>) -> Self {
        Self { what: what.into(), details: details.into() }
    }
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "✗ {}", self.what)?;
        for line in self.details.lines() {
            write!(f, "\n  {line}")?;
        }
        Ok(())
    }
}

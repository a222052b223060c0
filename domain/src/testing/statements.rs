//! Counts the SQL statements a piece of code sends.

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use std::sync::Mutex;

static SENT: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Statements sent by connections that were opened after [`Statements::watch`], in this process.
pub struct Statements;

impl Statements {
    /// Call before the first connection is opened.
    pub fn watch() -> Self {
        set_default_instrumentation(|| Some(Box::new(Recorder))).expect("nothing else records");
        Self
    }

    /// The statements since the last call; the pool's own liveness checks are left out.
    pub fn take(&self) -> Vec<String> {
        let sent = std::mem::take(&mut *SENT.lock().expect("no recorder panics"));
        let checks = |sql: &String| !sql.starts_with("DO 1");
        sent.into_iter().filter(checks).collect()
    }
}

struct Recorder;

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            SENT.lock().expect("no recorder panics").push(query.to_string());
        }
    }
}

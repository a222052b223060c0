//! The trace file: who did what when, one line each, so that a failure can be read.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

#[derive(Clone)]
pub struct Trace {
    started: Instant,
    file: Arc<Mutex<BufWriter<File>>>,
}

impl Trace {
    /// # Errors
    /// When the file cannot be written.
    pub fn create(path: &Path) -> std::io::Result<Self> {
        let file = Arc::new(Mutex::new(BufWriter::new(File::create(path)?)));
        Ok(Self { started: Instant::now(), file })
    }

    /// `who` is a short name such as `w3`, `s17` or `fault`.
    pub fn line(&self, who: &str, what: impl std::fmt::Display) {
        let seconds = self.started.elapsed().as_secs_f64();
        let mut file = self.file.lock().expect("nobody panics with the lock");
        // A full disk must not end the run: the report says what was found.
        let _ = writeln!(file, "{seconds:9.3} {who:<6} {what}");
    }

    pub fn flush(&self) {
        let _ = self.file.lock().expect("nobody panics with the lock").flush();
    }
}

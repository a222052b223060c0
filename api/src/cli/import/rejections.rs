//! Keeps what could not be imported, so that it can be mended and tried again.

use anyhow::Context;
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::batch::Rejected;
use crate::cli::output::tell;

/// Reasons shown on the terminal; all of them are in the file.
const SHOWN: usize = 20;

pub struct Rejections {
    path: PathBuf,
    files: Option<Files>,
    first: Vec<String>,
    count: usize,
}

struct Files {
    lines: BufWriter<File>,
    reasons: BufWriter<File>,
}

impl Rejections {
    /// Creates no file until there is something to put into it.
    pub fn new(path: PathBuf) -> Self {
        Self { path, files: None, first: Vec::new(), count: 0 }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lines so far.
    pub fn count(&self) -> usize {
        self.count
    }

    /// # Errors
    /// When the files cannot be written.
    pub fn add(&mut self, rejected: Vec<Rejected>) -> anyhow::Result<()> {
        if rejected.is_empty() {
            return Ok(());
        }
        let context = || format!("cannot write {}; choose another --rejected", self.path.display());
        if self.files.is_none() {
            self.files = Some(Files::create(&self.path).with_context(context)?);
        }
        let files = self.files.as_mut().expect("created above");
        for part in rejected {
            files.lines.write_all(&part.original).with_context(context)?;
            let Some(reason) = part.reason else { continue };
            files.lines.write_all(b"\n").with_context(context)?;
            writeln!(files.reasons, "{}\t{reason}", part.number).with_context(context)?;
            self.count += 1;
            if self.first.len() < SHOWN {
                self.first.push(format!("line {}: {reason}", part.number));
            }
        }
        Ok(())
    }

    /// Completes the files and shows the first reasons; without any, removes an earlier run's files.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn finish(self) -> anyhow::Result<()> {
        let context = || format!("cannot write {}", self.path.display());
        if let Some(mut files) = self.files {
            files.lines.flush().and_then(|()| files.reasons.flush()).with_context(context)?;
        } else {
            remove(&self.path)
                .and_then(|()| remove(&reasons_path(&self.path)))
                .with_context(context)?;
        }
        self.first.iter().for_each(tell);
        if self.count > self.first.len() {
            tell(format!("… and {} more", self.count - self.first.len()));
        }
        Ok(())
    }
}

impl Files {
    fn create(path: &Path) -> std::io::Result<Self> {
        Ok(Self {
            lines: BufWriter::new(File::create(path)?),
            reasons: BufWriter::new(File::create(reasons_path(path))?),
        })
    }
}

fn reasons_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".reasons");
    name.into()
}

fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

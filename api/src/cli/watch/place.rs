//! Where a watch stands in the log, in memory and, if wanted, in a file.

use anyhow::{Context, anyhow};
use deskwire_domain::events::Cursor;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

pub struct Place {
    cursor: Option<Cursor>,
    file: Option<PathBuf>,
}

impl Place {
    /// `after` wins over what the file has; a missing or empty file is a fresh start.
    ///
    /// # Errors
    /// When the file has something else, or cannot be read.
    pub fn open(after: Option<Cursor>, file: Option<&Path>) -> anyhow::Result<Self> {
        let kept = match file {
            Some(path) if after.is_none() => read(path)?,
            _ => None,
        };
        Ok(Self { cursor: after.or(kept), file: file.map(Path::to_owned) })
    }

    pub fn cursor(&self) -> Option<Cursor> {
        self.cursor
    }

    pub fn describe(&self) -> String {
        self.cursor.map_or("from now".to_owned(), |cursor| format!("resuming after {cursor}"))
    }

    /// Call after the line was shown: a line may be shown twice after a crash, never lost.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn move_to(&mut self, cursor: Cursor) -> anyhow::Result<()> {
        self.cursor = Some(cursor);
        let Some(path) = &self.file else { return Ok(()) };
        let mut fresh = path.clone().into_os_string();
        fresh.push(".new");
        // Replaced as a whole, so that a crash leaves the old place or the new one.
        std::fs::write(&fresh, format!("{cursor}\n"))
            .and_then(|()| std::fs::rename(&fresh, path))
            .with_context(|| format!("cannot keep the place in {}", path.display()))
    }
}

fn read(path: &Path) -> anyhow::Result<Option<Cursor>> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        other => other.with_context(|| format!("cannot read {}", path.display()))?,
    };
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = text.parse().map_err(|why: String| anyhow!(why));
    parsed.map(Some).with_context(|| format!("{} keeps no place", path.display()))
}

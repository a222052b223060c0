//! Tickets to learn from or to be measured on.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use deskwire_domain::tickets::record::TicketRecord;
use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Serialize};

use crate::text::TicketText;

/// Which of a ticket's labels is learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LabelKind {
    Category,
    Priority,
}

impl LabelKind {
    /// `category` or `priority`, as in files and models.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Priority => "priority",
        }
    }
}

/// One ticket with the label a person gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    pub id: String,
    pub text: TicketText,
    /// `None` where nobody labelled the ticket.
    pub label: Option<String>,
    /// `None` where the source has no time.
    pub created_at: Option<DateTime<Utc>>,
}

/// Tickets in one fixed order, oldest first, whatever order they came in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dataset {
    examples: Vec<Example>,
}

impl Dataset {
    /// Sorts by time, then id; tickets without a time come first.
    pub fn new(mut examples: Vec<Example>) -> Self {
        examples.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Self { examples }
    }

    /// Reads JSONL files, packed (`.gz`) or not; see [`TicketRecord`] for a line. Empty lines are
    /// skipped.
    ///
    /// # Errors
    /// [`DatasetError`] for the first line that cannot be read.
    pub fn read(files: &[impl AsRef<Path>], kind: LabelKind) -> Result<Self, DatasetError> {
        let mut examples = Vec::new();
        for file in files {
            read_file(file.as_ref(), kind, &mut examples)?;
        }
        Ok(Self::new(examples))
    }

    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    pub fn len(&self) -> usize {
        self.examples.len()
    }

    pub fn is_empty(&self) -> bool {
        self.examples.is_empty()
    }
}

/// Why a file of tickets could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("{}: {source}; check the path", .file.display())]
    Open { file: PathBuf, source: io::Error },
    #[error("{}, line {line}: {source}; if the file is packed, its name must end in .gz", .file.display())]
    Read { file: PathBuf, line: usize, source: io::Error },
    #[error("{}, line {line}: {reason}; correct the line or remove it", .file.display())]
    Line { file: PathBuf, line: usize, reason: String },
}

fn read_file(file: &Path, kind: LabelKind, out: &mut Vec<Example>) -> Result<(), DatasetError> {
    let opened =
        File::open(file).map_err(|source| DatasetError::Open { file: file.to_owned(), source })?;
    let mut reader: Box<dyn BufRead> = if file.extension().is_some_and(|ext| ext == "gz") {
        Box::new(BufReader::new(MultiGzDecoder::new(opened)))
    } else {
        Box::new(BufReader::new(opened))
    };
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        let read = reader.read_until(b'\n', &mut bytes).map_err(|source| DatasetError::Read {
            file: file.to_owned(),
            line,
            source,
        })?;
        if read == 0 {
            break;
        }
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let record = TicketRecord::parse(bytes.trim_ascii_end())
            .map_err(|reason| DatasetError::Line { file: file.to_owned(), line, reason })?;
        out.push(example(record, kind));
    }
    Ok(())
}

fn example(record: TicketRecord, kind: LabelKind) -> Example {
    let text = TicketText::from(&record);
    let label = match kind {
        LabelKind::Category => record.category,
        LabelKind::Priority => record.priority,
    };
    let label = label.filter(|label| !label.trim().is_empty());
    Example { id: record.id, text, label, created_at: record.created_at }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Example {
        example(TicketRecord::parse(text.as_bytes()).unwrap(), LabelKind::Category)
    }

    #[test]
    fn the_order_of_the_lines_does_not_matter() {
        let lines = [
            line(r#"{"id":"b","body":"x"}"#),
            line(r#"{"id":"a","body":"x"}"#),
            line(r#"{"id":"z","body":"x","created_at":"2020-01-01T00:00:00Z"}"#),
            line(r#"{"id":"c","body":"x","created_at":"2021-01-01T00:00:00Z"}"#),
        ];
        let mut reversed = lines.to_vec();
        reversed.reverse();
        let sorted = Dataset::new(lines.to_vec());
        assert_eq!(sorted, Dataset::new(reversed));
        let ids: Vec<_> = sorted.examples().iter().map(|e| e.id.as_str()).collect();
        assert_eq!(ids, ["a", "b", "z", "c"]);
    }

    #[test]
    fn an_empty_label_is_none() {
        assert_eq!(line(r#"{"id":"b","body":"x","category":" "}"#).label, None);
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Dataset::read(&["no-such.jsonl"], LabelKind::Category).unwrap_err();
        assert!(error.to_string().starts_with("no-such.jsonl: "), "{error}");
    }
}

//! Where a reader stands in the log.

use crate::ids::LogId;

/// Place of an event in the log: 1, 2, 3 … without gaps; 0 is before the first event.
pub type Position = u64;

/// A position together with the log it belongs to, as clients keep it: `4f3a9c21-1042`.
///
/// The first part is the beginning of the log's id, so a cursor kept from another database, or from
/// before a restore into a new one, is noticed instead of silently skipping events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    log: u32,
    pub position: Position,
}

impl Cursor {
    pub fn new(log: LogId, position: Position) -> Self {
        Self { log: fingerprint(log), position }
    }

    /// Another place in the same log.
    pub fn at(self, position: Position) -> Self {
        Self { position, ..self }
    }

    pub fn is_of(&self, log: LogId) -> bool {
        self.log == fingerprint(log)
    }
}

/// All sixteen bytes folded into four: the random part of a UUID lies elsewhere in each version.
fn fingerprint(log: LogId) -> u32 {
    let bytes = log.0.as_bytes();
    bytes.chunks(4).fold(0, |mixed, part| {
        mixed ^ u32::from_be_bytes(part.try_into().expect("16 is a multiple of 4"))
    })
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}-{}", self.log, self.position)
    }
}

impl std::str::FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let malformed = || format!("{text:?} is not a cursor; cursors look like 4f3a9c21-1042");
        let (log, position) = text.split_once('-').ok_or_else(malformed)?;
        if log.len() != 8 || !position.bytes().all(|b| b.is_ascii_digit()) {
            return Err(malformed());
        }
        Ok(Self {
            log: u32::from_str_radix(log, 16).map_err(|_| malformed())?,
            position: position.parse().map_err(|_| malformed())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_knows_its_log() {
        let (log, other) = (LogId::new(), LogId::new());
        let cursor: Cursor = Cursor::new(log, 1042).to_string().parse().unwrap();
        assert_eq!(cursor.position, 1042);
        assert!(cursor.is_of(log) && !cursor.is_of(other));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "12", "-3", "4f3a9c21-", "4f3a9c21--1", "4f3a9c2x-1", "4f3a9c21-+1"] {
            assert!(text.parse::<Cursor>().is_err(), "{text:?}");
        }
    }
}

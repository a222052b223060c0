//! Keyset pages: a page starts after the last row of the one before, never at an offset.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// Most rows one page may have.
pub const PAGE_MAX: u32 = 100;

/// Which rows of a list to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows wanted, 1 to [`PAGE_MAX`].
    pub first: u32,
    /// Cursor of the row before the first wanted one; `None` starts at the top.
    pub after: Option<String>,
}

impl PageRequest {
    pub fn first(first: u32) -> Self {
        Self { first, after: None }
    }

    /// Rows to ask the database for: one more than wanted tells whether another page follows.
    ///
    /// # Errors
    /// [`Error::Invalid`] when `first` is not in 1..=[`PAGE_MAX`].
    pub fn limit(&self) -> Result<i64> {
        if (1..=PAGE_MAX).contains(&self.first) {
            return Ok(i64::from(self.first) + 1);
        }
        Err(Error::invalid("first", format!("must be 1 to {PAGE_MAX}, got {}", self.first)))
    }

    /// The key columns of the row to start after.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the cursor was not made by the same list in the same order.
    pub fn key<K: DeserializeOwned>(&self) -> Result<Option<K>> {
        self.after.as_deref().map(decode).transpose()
    }

    /// Cuts rows read with [`PageRequest::limit`] to the page.
    pub fn page<T>(&self, mut rows: Vec<T>) -> Page<T> {
        let has_next = rows.len() > self.first as usize;
        rows.truncate(self.first as usize);
        Page { rows, has_next }
    }
}

/// Rows of one page, in the list's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub has_next: bool,
}

/// A row's cursor from its key columns.
pub fn encode<K: Serialize>(key: &K) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).expect("keys are plain values"))
}

fn decode<K: DeserializeOwned>(cursor: &str) -> Result<K> {
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok())
        .ok_or_else(|| Error::invalid("after", "is not a cursor of this list in this order"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_sizes_outside_1_to_100_are_refused() {
        for (first, ok) in [(0, false), (1, true), (100, true), (101, false)] {
            assert_eq!(PageRequest::first(first).limit().is_ok(), ok, "first: {first}");
        }
    }

    #[test]
    fn a_cursor_returns_its_key_and_anything_else_is_refused() {
        let request = PageRequest { first: 1, after: Some(encode(&("newest", 7))) };
        assert_eq!(request.key::<(String, u32)>().unwrap(), Some(("newest".into(), 7)));
        assert!(request.key::<(u32, u32)>().is_err());
        let garbage = PageRequest { first: 1, after: Some("%%%".into()) };
        assert!(garbage.key::<(String, u32)>().is_err());
    }

    #[test]
    fn the_extra_row_only_says_that_more_follows() {
        let request = PageRequest::first(2);
        assert_eq!(request.page(vec![1, 2, 3]), Page { rows: vec![1, 2], has_next: true });
        assert_eq!(request.page(vec![1, 2]), Page { rows: vec![1, 2], has_next: false });
    }
}

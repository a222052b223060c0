//! How an item is recognised: each change writes its own subject, `mark-` and a number.

use std::sync::LazyLock;

use memchr::memmem::Finder;

static SUBJECT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"subject\":\"mark-"));
static CURSOR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"cursor\":\""));

/// Subject of a change.
pub fn subject(mark: u64) -> String {
    format!("mark-{mark}")
}

/// The change an item tells of.
pub fn mark(item: &[u8]) -> Option<u64> {
    let at = SUBJECT.find(item)? + SUBJECT.needle().len();
    number(&item[at..])
}

/// Place in the log that an item's cursor names.
pub fn position(item: &[u8]) -> Option<u64> {
    let at = CURSOR.find(item)? + CURSOR.needle().len();
    let end = at + memchr::memchr(b'"', &item[at..])?;
    let dash = at + memchr::memchr(b'-', &item[at..end])?;
    number(&item[dash + 1..])
}

fn number(text: &[u8]) -> Option<u64> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(&text[..end]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_says_which_change_it_is() {
        let item = br#"{"payload":{"cursor":"4f3a9c21-1042","ticket":{"subject":"mark-17"}}}"#;
        assert_eq!((mark(item), position(item)), (Some(17), Some(1042)));
        let other = br#"{"cursor":"0000","subject":"printer","queue":"mark-17"}"#;
        assert_eq!((mark(other), position(other)), (None, None));
    }
}

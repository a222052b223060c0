//! What counts as the same word: case, typographic apostrophes, and texts that never repeat.

const URL: &str = "<url>";
const EMAIL: &str = "<email>";
const NUMBER: &str = "<number>";
const ID: &str = "<id>";

/// Bytes from which a word with a digit in it is an id, and any word at all.
const ID_MIN_BYTES: usize = 10;
const WORD_MAX_BYTES: usize = 40;

/// True for `<url>`, `<number>` and the like, which stand for a kind of text.
pub fn is_placeholder(term: &str) -> bool {
    term.starts_with('<')
}

/// The placeholder for a text between two blanks, if it is to be read as a whole.
pub(super) fn chunk(chunk: &str) -> Option<&'static str> {
    let inner = chunk.trim_matches(|c: char| !c.is_alphanumeric());
    // Sources which mask personal data write `<email>`; only the brackets tell it from the word.
    if chunk.starts_with('<') && chunk.contains('>') {
        match inner {
            "email" => return Some(EMAIL),
            "url" => return Some(URL),
            "phone" => return Some("<phone>"),
            "ip" => return Some("<ip>"),
            "user" => return Some("<user>"),
            _ => {}
        }
    }
    if inner.contains("://") || inner.get(..4).is_some_and(|w| w.eq_ignore_ascii_case("www.")) {
        return Some(URL);
    }
    match inner.split_once('@') {
        Some((name, host)) if !name.is_empty() && host.contains('.') => Some(EMAIL),
        _ => None,
    }
}

/// A word as it is counted.
pub(super) fn word(word: &str) -> String {
    let has_digit = word.bytes().any(|b| b.is_ascii_digit());
    let long = word.len() >= ID_MIN_BYTES && has_digit || word.len() > WORD_MAX_BYTES;
    if has_digit && word.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',')) {
        // Short ones are versions and counts ("Windows 10"), long ones amounts and dates.
        return if word.len() > 2 { NUMBER.into() } else { word.into() };
    }
    if long {
        return ID.into();
    }
    word.chars().map(|c| if c == '’' { '\'' } else { c }).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_never_repeat_become_placeholders() {
        for (text, term) in [
            ("https://example.org/a?b=1", Some(URL)),
            ("(www.example.org)", Some(URL)),
            ("someone@example.org,", Some(EMAIL)),
            ("<email>", Some(EMAIL)),
            ("<phone>.", Some("<phone>")),
            ("email", None),
            ("@home", None),
            ("user@", None),
        ] {
            assert_eq!(chunk(text), term, "{text}");
        }
    }

    #[test]
    fn words_are_folded() {
        for (text, term) in [
            ("CARD", "card"),
            ("Can’t", "can't"),
            ("ÄRGER", "ärger"),
            ("10", "10"),
            ("1,024.50", NUMBER),
            ("2021", NUMBER),
            ("d41d8cd98f00b204", ID),
            ("utf8", "utf8"),
        ] {
            assert_eq!(word(text), term, "{text}");
        }
        assert_eq!(word(&"x".repeat(5_000)), ID);
    }
}

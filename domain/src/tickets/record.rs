//! One ticket as a line of JSON: the exchange format of `deskwire import tickets` and of the
//! training files `deskwire-ml` reads.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};

/// Longest subject a ticket may have, in characters.
pub const SUBJECT_MAX_CHARS: usize = 255;
/// Longest message body, in bytes of UTF-8.
pub const BODY_MAX_BYTES: usize = 256 * 1024;

/// A ticket with its first message, as read from a JSONL file.
///
/// Unknown keys are errors, so a misspelt `catgory` is reported instead of silently dropped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketRecord {
    /// Identity in the source system; importing the same id twice creates one ticket.
    pub id: String,
    /// May be empty or missing; [`TicketRecord::title`] then takes it from the body.
    #[serde(default)]
    pub subject: String,
    /// Plain text of the first message.
    pub body: String,
    /// Label a person gave; `None` when nobody did.
    #[serde(default)]
    pub category: Option<String>,
    /// Label a person gave, in the source's own words; `None` when nobody did.
    #[serde(default)]
    pub priority: Option<String>,
    /// `None` where the source has no time.
    #[serde(default, deserialize_with = "lenient_time")]
    pub created_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub requester_email: Option<String>,
    #[serde(default)]
    pub requester_name: Option<String>,
}

impl TicketRecord {
    /// Reads one line.
    ///
    /// # Errors
    /// A sentence saying what is wrong and, where it helps, what would be right: not UTF-8, not
    /// JSON, an unknown or missing key, an empty id or body, a body over [`BODY_MAX_BYTES`].
    pub fn parse(line: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(line)
            .map_err(|e| format!("not UTF-8 (byte {} of the line)", e.valid_up_to() + 1))?;
        let record: Self = serde_json::from_str(text).map_err(|e| {
            let at = format!(" at line {} column {}", e.line(), e.column());
            format!("{} (column {})", e.to_string().replace(&at, ""), e.column())
        })?;
        if record.id.trim().is_empty() {
            return Err("`id` is empty".into());
        }
        if record.id.chars().count() > 191 {
            return Err("`id` is longer than 191 characters".into());
        }
        if record.body.trim().is_empty() && record.subject.trim().is_empty() {
            return Err("`subject` and `body` are both empty".into());
        }
        if record.body.len() > BODY_MAX_BYTES {
            let bytes = record.body.len();
            return Err(format!("`body` has {bytes} bytes, at most {BODY_MAX_BYTES} are kept"));
        }
        Ok(record)
    }

    /// The ticket's subject: the given one cut to [`SUBJECT_MAX_CHARS`], or the body's first line.
    pub fn title(&self) -> String {
        let given = one_line(&self.subject);
        let text = if given.is_empty() {
            one_line(self.body.lines().find(|l| !l.trim().is_empty()).unwrap_or(""))
        } else {
            given
        };
        cut(&text, SUBJECT_MAX_CHARS)
    }

    /// The first message: the body, or the subject where the body is empty, because a ticket cannot
    /// be without one.
    pub fn message(&self) -> &str {
        if self.body.trim().is_empty() { &self.subject } else { &self.body }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars - 1) {
        Some((at, c)) if at + c.len_utf8() < text.len() => format!("{}…", &text[..at]),
        _ => text.to_owned(),
    }
}

/// RFC 3339, or the same without a zone, which then means UTC.
fn lenient_time<'de, D: Deserializer<'de>>(d: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let Some(text) = Option::<String>::deserialize(d)? else { return Ok(None) };
    if let Ok(time) = DateTime::parse_from_rfc3339(&text) {
        return Ok(Some(time.with_timezone(&Utc)));
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
        .iter()
        .find_map(|format| chrono::NaiveDateTime::parse_from_str(&text, format).ok())
        .map(|naive| Some(naive.and_utc()))
        .ok_or_else(|| serde::de::Error::custom(format!("`created_at` is not a time: {text:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_with_its_defaults() {
        let record =
            TicketRecord::parse(br#"{"id":"a-1","body":"Card lost\nPlease help"}"#).unwrap();
        assert_eq!(record.title(), "Card lost");
        assert_eq!((record.category, record.priority, record.created_at), (None, None, None));
    }

    #[test]
    fn bad_lines_say_what_is_wrong() {
        for (line, reason) in [
            (&b"{\"id\":\"x\",\"body\":\"\xff\"}"[..], "not UTF-8 (byte 19"),
            (br#"{"id":"x"}"#, "missing field `body`"),
            (br#"{"id":"","body":"b"}"#, "`id` is empty"),
            (br#"{"id":"x","body":" "}"#, "both empty"),
            (br#"{"id":"x","body":"b","catgory":"c"}"#, "unknown field `catgory`"),
            (br#"{"id":"x","body":"b","created_at":"soon"}"#, "not a time"),
            (b"[]", "invalid"),
        ] {
            let error = TicketRecord::parse(line).unwrap_err();
            assert!(error.contains(reason), "{error:?} should contain {reason:?}");
        }
    }

    #[test]
    fn an_empty_body_gives_way_to_the_subject() {
        let record =
            TicketRecord::parse(br#"{"id":"x","subject":"Card lost","body":" "}"#).unwrap();
        assert_eq!((record.title().as_str(), record.message()), ("Card lost", "Card lost"));
    }

    #[test]
    fn long_subjects_are_cut_at_a_character() {
        let record = TicketRecord {
            subject: "ä".repeat(300),
            ..TicketRecord::parse(br#"{"id":"x","body":"b"}"#).unwrap()
        };
        assert_eq!(record.title().chars().count(), SUBJECT_MAX_CHARS);
        assert!(record.title().ends_with('…'));
    }
}

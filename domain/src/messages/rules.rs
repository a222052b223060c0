//! Pure checks of message bodies.

use crate::error::FieldErrors;
use crate::tickets::record::BODY_MAX_BYTES;

/// A checked body: text, and HTML that is safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    pub text: String,
    pub html: Option<String>,
}

impl Body {
    /// Normalises line ends, cuts trailing white space and sanitises the HTML.
    ///
    /// Errors go to `body` and `bodyHtml`: empty, or over 256 KiB.
    pub fn check(errors: &mut FieldErrors, text: &str, html: Option<&str>) -> Self {
        let text = normalise(text);
        if text.trim().is_empty() {
            errors.add("body", "must not be empty");
        }
        for (path, bytes) in [("body", text.len()), ("bodyHtml", html.map_or(0, str::len))] {
            if bytes > BODY_MAX_BYTES {
                errors.add(path, format!("must have at most {BODY_MAX_BYTES} bytes, got {bytes}"));
            }
        }
        Self { text, html: html.map(ammonia::clean) }
    }
}

/// `\n` line ends, no trailing white space.
pub(crate) fn normalise(text: &str) -> String {
    let text = if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text.to_owned()
    };
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_handlers_are_taken_out_of_html() {
        let mut errors = FieldErrors::default();
        let html = r#"<p onclick="x()">Hi <script>alert(1)</script><b>you</b></p>"#;
        let body = Body::check(&mut errors, "Hi you", Some(html));
        errors.into_result().unwrap();
        assert_eq!(body.html.as_deref(), Some("<p>Hi <b>you</b></p>"));
    }

    #[test]
    fn line_ends_are_one_kind_and_trailing_space_goes() {
        assert_eq!(normalise("a\r\nb\rc \n\n"), "a\nb\nc");
    }

    #[test]
    fn empty_and_oversized_bodies_are_refused_by_name() {
        let mut errors = FieldErrors::default();
        Body::check(&mut errors, " \n", Some(&"x".repeat(BODY_MAX_BYTES + 1)));
        let message = errors.into_result().unwrap_err().to_string();
        assert!(message.contains("body: must not be empty"), "{message}");
        assert!(message.contains("bodyHtml: must have at most 262144 bytes"), "{message}");
    }
}

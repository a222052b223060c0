//! Pure checks of canned replies.

use crate::error::FieldErrors;

/// Longest text, in bytes of UTF-8.
pub const BODY_MAX_BYTES: usize = 20_000;
/// What a text may leave open; filled in by [`super::render`].
pub const PLACEHOLDERS: [&str; 3] = ["requester.name", "ticket.number", "agent.name"];

/// A name of 1 to 120 characters on one line.
pub(super) fn check_name(errors: &mut FieldErrors, name: &str) -> String {
    errors.line("name", name, 120)
}

/// A text that is not empty, not too long, and whose placeholders are all known.
pub(super) fn check_body(errors: &mut FieldErrors, body: &str) -> String {
    let body = crate::messages::normalise(body);
    if body.trim().is_empty() {
        errors.add("body", "must not be empty");
    }
    if body.len() > BODY_MAX_BYTES {
        let bytes = body.len();
        errors.add("body", format!("must have at most {BODY_MAX_BYTES} bytes, got {bytes}"));
    }
    let unknown: Vec<String> = pieces(&body)
        .filter_map(|piece| match piece {
            Piece::Open(name) if !PLACEHOLDERS.contains(&name) => Some(format!("{{{{{name}}}}}")),
            _ => None,
        })
        .collect();
    if !unknown.is_empty() {
        let known = PLACEHOLDERS.map(|name| format!("{{{{{name}}}}}")).join(", ");
        let unknown = unknown.join(", ");
        errors.add("body", format!("has unknown placeholders: {unknown}; there are {known}"));
    }
    body
}

/// A part of a text with placeholders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    /// What stands between `{{` and `}}`, trimmed.
    Open(&'a str),
}

/// Cuts a text at its placeholders. `{{` without `}}` on the same line is text.
pub(super) fn pieces(body: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = body;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end_of = |start: usize| {
            let end = rest[start..].find("}}").map(|at| start + at);
            end.filter(|end| !rest[start..*end].contains('\n'))
        };
        let found = rest
            .match_indices("{{")
            .find_map(|(start, _)| end_of(start + 2).map(|end| (start, end)));
        match found {
            Some((0, end)) => {
                let name = rest[2..end].trim();
                rest = &rest[end + 2..];
                Some(Piece::Open(name))
            }
            Some((start, _)) => {
                let text;
                (text, rest) = rest.split_at(start);
                Some(Piece::Text(text))
            }
            None => Some(Piece::Text(std::mem::take(&mut rest))),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(body: &str) -> String {
        let mut errors = FieldErrors::default();
        check_body(&mut errors, body);
        errors.into_result().map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn texts_are_cut_at_their_placeholders() {
        use Piece::{Open, Text};
        for (body, wanted) in [
            ("", &[][..]),
            ("plain", &[Text("plain")]),
            ("{{a}}", &[Open("a")]),
            ("Hi {{ a }}, #{{b}}!", &[Text("Hi "), Open("a"), Text(", #"), Open("b"), Text("!")]),
            ("{{a}}{{b}}", &[Open("a"), Open("b")]),
            ("{{", &[Text("{{")]),
            ("{{a\n}} {{b}}", &[Text("{{a\n}} "), Open("b")]),
            ("}} ü {{é}}", &[Text("}} ü "), Open("é")]),
        ] {
            assert_eq!(pieces(body).collect::<Vec<_>>(), wanted, "{body:?}");
        }
    }

    #[test]
    fn unknown_placeholders_are_named() {
        assert_eq!(problems("Hi {{requester.name}}, #{{ ticket.number }}, {{agent.name}}"), "");
        let said = problems("Hi {{requester.mail}} and {{x}}");
        assert!(said.contains("{{requester.mail}}, {{x}}; there are {{requester.name}}"), "{said}");
        assert!(problems("{{}}").contains("unknown"), "nothing is no name");
    }

    #[test]
    fn empty_and_oversized_texts_are_refused() {
        assert!(problems(" \n").contains("must not be empty"));
        assert!(problems(&"ä".repeat(10_001)).contains("at most 20000 bytes, got 20002"));
        assert_eq!(problems(&"ä".repeat(10_000)), "");
    }
}

//! The words of a ticket, read the same way in training and in serving.
//!
//! A ticket's text is its title and its first message, without quoted history, signatures, stack
//! frames and log lines (`text/passages.rs`). White space never matters: line ends and
//! blanks at the end may be stored differently in a file and in the database.

mod normalize;
mod passages;

use std::ops::Range;

use deskwire_domain::tickets::record::TicketRecord;
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

pub use normalize::is_placeholder;

/// Tokens read of one part; the rest of a longer text (logs, stack traces) is ignored.
pub const TOKENS_MAX: usize = 2_000;

/// What triage reads of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TicketText {
    /// The stored title, as [`TicketRecord::title`] makes it; may be cut and end in `…`.
    pub subject: String,
    /// Plain text of the first message.
    pub body: String,
}

impl TicketText {
    pub fn new(subject: impl Into<String>, body: impl Into<String>) -> Self {
        Self { subject: subject.into(), body: body.into() }
    }

    /// The tokens of the subject, then those of the body.
    ///
    /// A subject which only repeats the beginning of the body is left out, so a title made from
    /// the body counts once.
    pub fn tokens(&self) -> Vec<Token> {
        let mut tokens = Vec::new();
        if !self.subject_repeats_body() {
            tokenize(Part::Subject, &self.subject, &mut tokens);
        }
        tokenize(Part::Body, &self.body, &mut tokens);
        tokens
    }

    /// What is read of the ticket as it stands, without line ends: the subject's lines, then those of the body.
    pub fn lines(&self) -> Vec<(Part, Range<usize>)> {
        let mut all = Vec::new();
        for part in [Part::Subject, Part::Body] {
            if part == Part::Subject && self.subject_repeats_body() {
                continue;
            }
            let text = self.part(part);
            let base = text.as_ptr() as usize;
            let words = read_lines(text).map(str::trim).filter(|line| !line.is_empty());
            all.extend(words.map(|line| {
                let start = line.as_ptr() as usize - base;
                (part, start..start + line.len())
            }));
        }
        all
    }

    /// The text of one part.
    pub fn part(&self, part: Part) -> &str {
        match part {
            Part::Subject => &self.subject,
            Part::Body => &self.body,
        }
    }

    fn subject_repeats_body(&self) -> bool {
        let subject = self.subject.trim();
        let (subject, was_cut) =
            subject.strip_suffix('…').map_or((subject, false), |start| (start.trim_end(), true));
        let mut body = visible_chars(&self.body);
        let repeats = visible_chars(subject).all(|c| body.next() == Some(c));
        repeats && (was_cut || !body.next().is_some_and(char::is_alphanumeric))
    }
}

impl From<&TicketRecord> for TicketText {
    fn from(record: &TicketRecord) -> Self {
        Self::new(record.title(), record.message())
    }
}

/// Where in a ticket a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Subject,
    Body,
}

/// One word, lower-cased, or a placeholder such as `<url>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub term: String,
    pub part: Part,
    /// Bytes of the part's text the token was read from.
    pub range: Range<usize>,
}

/// Characters with every run of white space as one blank and none at the ends.
fn visible_chars(text: &str) -> impl Iterator<Item = char> + '_ {
    text.split_whitespace()
        .enumerate()
        .flat_map(|(i, word)| (i > 0).then_some(' ').into_iter().chain(word.chars()))
}

/// The lines of a text that somebody wrote for this ticket.
fn read_lines(text: &str) -> impl Iterator<Item = &str> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let read = passages::read_lines(&lines);
    lines.into_iter().zip(read).filter(|(_, read)| *read).map(|(line, _)| line)
}

fn tokenize(part: Part, text: &str, tokens: &mut Vec<Token>) {
    let limit = tokens.len() + TOKENS_MAX;
    let base = text.as_ptr() as usize;
    for chunk in read_lines(text).flat_map(str::split_whitespace) {
        if tokens.len() >= limit {
            return;
        }
        let start = chunk.as_ptr() as usize - base;
        if let Some(term) = normalize::chunk(chunk) {
            let range = start..start + chunk.len();
            tokens.push(Token { term: term.into(), part, range });
            continue;
        }
        for (at, word) in chunk.unicode_word_indices().take(limit - tokens.len()) {
            let range = start + at..start + at + word.len();
            tokens.push(Token { term: normalize::word(word), part, range });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &TicketText) -> Vec<String> {
        text.tokens().into_iter().map(|t| t.term).collect()
    }

    #[test]
    fn tokens_know_where_they_stand() {
        let text = TicketText::new("Straße gesperrt", "The CARD\r\nwas blocked!");
        let shown: Vec<_> =
            text.tokens().iter().map(|t| text.part(t.part)[t.range.clone()].to_owned()).collect();
        assert_eq!(shown, ["Straße", "gesperrt", "The", "CARD", "was", "blocked"]);
        assert_eq!(terms(&text)[3], "card");
    }

    #[test]
    fn lines_are_what_somebody_wrote_as_it_stands() {
        let text = TicketText::new(" Card", "My CARD \r\n\r\n> old words\n was stolen.\n-- \nAda");
        let shown: Vec<_> =
            text.lines().into_iter().map(|(part, range)| &text.part(part)[range]).collect();
        assert_eq!(shown, ["Card", "My CARD", "was stolen."]);
        let repeated = TicketText::new("Card lost", "Card lost\nPlease");
        assert!(repeated.lines().iter().all(|(part, _)| *part == Part::Body));
    }

    #[test]
    fn a_title_made_from_the_body_counts_once() {
        let long = "word ".repeat(100);
        for (subject, body) in [
            ("Card lost", "Card  lost\r\nPlease help"),
            ("Card lost", "\n Card lost"),
            (&format!("{}wo…", "word ".repeat(50)), &long),
        ] {
            assert_eq!(
                terms(&TicketText::new(subject, body)),
                terms(&TicketText::new("", body)),
                "{subject}"
            );
        }
    }

    #[test]
    fn a_subject_of_its_own_counts() {
        for (subject, body) in [("Card", "Cardboard box"), ("Card lost", "Card"), ("a…", "b c")] {
            let both = TicketText::new(subject, body).tokens();
            assert!(both.iter().any(|t| t.part == Part::Subject), "{subject} {body}");
        }
    }

    #[test]
    fn file_and_database_give_the_same_tokens() {
        let line = br#"{"id":"a","body":"First line  here\r\nsecond  \r\n\r\n"}"#;
        let record = TicketRecord::parse(line).unwrap();
        let stored = TicketText::new("First line here", "First line  here\nsecond");
        assert_eq!(terms(&TicketText::from(&record)), terms(&stored));
    }

    #[test]
    fn endless_texts_are_read_up_to_the_limit() {
        let text = TicketText::new("", "ab ".repeat(50_000));
        assert_eq!(text.tokens().len(), TOKENS_MAX);
        let without_blanks = TicketText::new("", "ab,".repeat(50_000));
        assert_eq!(without_blanks.tokens().len(), TOKENS_MAX);
    }

    #[test]
    fn texts_without_words_have_no_tokens() {
        for text in ["", " \n", "\u{0}\u{1}\u{fffd}", "?!… --- ***"] {
            assert!(TicketText::new(text, text).tokens().is_empty(), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_tokens_that_stand_in_it(subject in ".{0,40}", body in "(?s).{0,200}") {
            let text = TicketText::new(subject, body);
            for token in text.tokens() {
                let shown = text.part(token.part).get(token.range.clone());
                proptest::prop_assert!(shown.is_some_and(|s| !s.is_empty()), "{:?}", token);
            }
        }

        #[test]
        fn white_space_never_matters(words in "(?s)[a-zA-Z0-9.,@… \\n]{0,80}") {
            let stored = TicketText::new("Help", words.trim_end());
            let sent = TicketText::new(" Help ", words.replace('\n', " \r\n") + " \r\n");
            proptest::prop_assert_eq!(terms(&stored), terms(&sent));
        }
    }
}

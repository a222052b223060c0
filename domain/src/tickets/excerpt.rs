//! Where a text has the words of a search.
//!
//! The database finds tickets and does not say where the words stand. Words are cut and compared here as its
//! full-text index and its collation do: letters, digits and underscores, without regard to case and accents;
//! short words and the most frequent ones count for nothing.

use std::collections::HashSet;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::ids::MessageId;

/// Shortest word the full-text index knows, in characters.
const WORD_CHARS: usize = 3;
/// What the full-text index leaves out (InnoDB's default list, those of three letters and more).
const FREQUENT: [&str; 18] = [
    "about", "are", "com", "for", "from", "how", "that", "the", "this", "was", "what", "when",
    "where", "who", "will", "with", "und", "www",
];
/// Longest excerpt of a message, in characters.
const EXCERPT_CHARS: usize = 220;
/// What is shown before the first found word, in characters.
const LEAD_CHARS: usize = 50;

/// A part of a text with the places of the found words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The message; `None`: the subject.
    pub message_id: Option<MessageId>,
    /// One line. `…` where something was left out.
    pub text: String,
    /// The found words, in order: where each begins and ends in `text`, in characters.
    pub ranges: Vec<(u32, u32)>,
}

/// The words of a search.
pub(super) struct Words(HashSet<String>);

impl Words {
    pub fn of(query: &str) -> Self {
        let query: Vec<char> = query.chars().collect();
        let words = cut(&query).into_iter().map(|(from, to)| fold(&query[from..to]));
        Self(words.filter(|word| counts(word)).collect())
    }

    /// The whole text, if it has any of the words.
    pub fn in_whole(&self, text: &str) -> Option<Excerpt> {
        let text = one_line(text);
        let found = self.find(&text);
        (!found.is_empty()).then(|| excerpt(&text, &found, 0, text.len()))
    }

    /// The part of a text that has most of the different words, if it has any.
    pub fn in_long(&self, text: &str) -> Option<Excerpt> {
        let text = one_line(text);
        let found = self.find(&text);
        let (from, to) = window(&text, &found)?;
        Some(excerpt(&text, &found, from, to))
    }

    /// Places of the words, and what they are, in order.
    fn find(&self, text: &[char]) -> Vec<(usize, usize, String)> {
        cut(text)
            .into_iter()
            .map(|(from, to)| (from, to, fold(&text[from..to])))
            .filter(|(.., word)| self.0.contains(word))
            .collect()
    }
}

fn counts(word: &str) -> bool {
    word.chars().count() >= WORD_CHARS && !FREQUENT.contains(&word)
}

/// Each white space is one blank, so that places stay what they are.
fn one_line(text: &str) -> Vec<char> {
    let blank = |c: char| if c.is_whitespace() || c.is_control() { ' ' } else { c };
    text.trim().chars().map(blank).collect()
}

/// The words of a text, each as a half-open range.
fn cut(text: &[char]) -> Vec<(usize, usize)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || is_combining_mark(c);
    let mut words = Vec::new();
    let mut begun = None;
    for (at, c) in text.iter().enumerate() {
        match (is_part(*c), begun) {
            (true, None) => begun = Some(at),
            (false, Some(from)) => {
                words.push((from, at));
                begun = None;
            }
            _ => {}
        }
    }
    words.extend(begun.map(|from| (from, text.len())));
    words
}

/// The same for words that the collation takes for equal.
fn fold(word: &[char]) -> String {
    let plain = word.iter().copied().nfkd().filter(|c| !is_combining_mark(*c));
    plain.flat_map(char::to_lowercase).collect::<String>().replace('ß', "ss")
}

/// The window that begins shortly before a found word and has most different ones.
fn window(text: &[char], found: &[(usize, usize, String)]) -> Option<(usize, usize)> {
    let end_of = |begin: usize| text.len().min(begin + EXCERPT_CHARS);
    let begin_of = |word: usize| found[word].0.saturating_sub(LEAD_CHARS);
    let mut best: Option<(usize, usize)> = None;
    for word in 0..found.len() {
        let end = end_of(begin_of(word));
        let inside: HashSet<&str> = found[word..]
            .iter()
            .take_while(|(_, to, _)| *to <= end)
            .map(|(.., word)| word.as_str())
            .collect();
        // The first of the best.
        if best.is_none_or(|(most, _)| inside.len() > most) {
            best = Some((inside.len(), word));
        }
    }
    let (_, word) = best?;
    let (mut from, mut to) = (begin_of(word), end_of(begin_of(word)));
    // Not in the middle of a word, unless the word is all there is.
    while from > 0 && from < found[word].0 && text[from - 1] != ' ' {
        from += 1;
    }
    while to < text.len() && to > found[word].1 && text[to] != ' ' {
        to -= 1;
    }
    Some((from, to.max(found[word].1)))
}

fn excerpt(text: &[char], found: &[(usize, usize, String)], from: usize, to: usize) -> Excerpt {
    let (before, after) = (if from > 0 { "…" } else { "" }, if to < text.len() { "…" } else { "" });
    let part: String = text[from..to].iter().collect();
    let shift = |at: usize| (at - from + before.chars().count()) as u32;
    let inside = found.iter().filter(|(begin, end, _)| *begin >= from && *end <= to);
    Excerpt {
        message_id: None,
        text: format!("{before}{part}{after}"),
        ranges: inside.map(|(begin, end, _)| (shift(*begin), shift(*end))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The excerpt with brackets around what was found.
    fn marked(excerpt: Option<Excerpt>) -> String {
        let Some(Excerpt { text, ranges, .. }) = excerpt else { return "nothing".into() };
        let mut shown = String::new();
        for (at, c) in text.chars().enumerate() {
            let at = at as u32;
            if ranges.iter().any(|(from, _)| *from == at) {
                shown.push('[');
            }
            shown.push(c);
            if ranges.iter().any(|(_, to)| *to == at + 1) {
                shown.push(']');
            }
        }
        shown
    }

    #[test]
    fn words_are_found_without_regard_to_case_and_accents() {
        for (query, text, expected) in [
            ("invoice", "Invoice, invoices and INVOICE!", "[Invoice], invoices and [INVOICE]!"),
            ("cafe strasse", "Café in der Straße", "[Café] in der [Straße]"),
            ("Ünal", "u\u{308}nal wrote\nto Unal", "[u\u{308}nal] wrote to [Unal]"),
            ("the printer is on", "The printer is on fire", "The [printer] is on fire"),
            ("error_42", "see error_42.", "see [error_42]."),
            ("日本語", "日本語 だ", "[日本語] だ"),
            ("#17", "about 17", "nothing"),
            ("", "text", "nothing"),
            ("nowhere", "text", "nothing"),
        ] {
            assert_eq!(marked(Words::of(query).in_whole(text)), expected, "{query}");
        }
    }

    #[test]
    fn of_a_long_text_the_part_with_most_words_is_shown() {
        let filler = "lorem ipsum ".repeat(60);
        let text = format!("printer {filler}the toner of the printer leaks {filler}");
        let shown = marked(Words::of("printer toner").in_long(&text));
        assert!(shown.starts_with("…lorem") || shown.starts_with("…ipsum"), "{shown}");
        assert!(shown.contains("the [toner] of the [printer] leaks lorem"), "{shown}");
        assert!(shown.ends_with('…') && shown.chars().count() <= EXCERPT_CHARS + 6, "{shown}");
        assert_eq!(marked(Words::of("toner").in_long("no more\r\ntoner")), "no more  [toner]");
    }

    #[test]
    fn a_word_without_end_is_shown_whole() {
        let long = "x".repeat(3 * EXCERPT_CHARS);
        let shown = Words::of(&long).in_long(&format!("a {long} b")).unwrap();
        assert_eq!(shown.ranges.len(), 1);
        let (from, to) = shown.ranges[0];
        assert_eq!((to - from) as usize, long.len());
    }
}

//! A ticket's words as columns with counts.

use std::collections::HashMap;

use crate::text::{Part, TicketText, Token};

/// Width of the index: more columns than a desk has words that say something.
pub(super) const BITS: u32 = 17;
/// Different words read of a ticket, from its beginning: logs and stack traces come later.
const WORDS_MAX: usize = 128;
/// How often a word of the subject counts.
const SUBJECT_COUNT: u8 = 2;

/// What a ticket says, to be compared: each column at most once, with how often it occurs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words(pub(super) Vec<(u32, u8)>);

impl Words {
    /// The words of a ticket, and how often each occurs.
    pub fn of(text: &TicketText) -> Self {
        let mut place: HashMap<u32, usize> = HashMap::new();
        let mut words: Vec<(u32, u8)> = Vec::new();
        for token in text.tokens().iter().filter(|token| says_something(token)) {
            let column = column(&token.term);
            let count = match token.part {
                Part::Subject => SUBJECT_COUNT,
                Part::Body => 1,
            };
            match place.get(&column) {
                Some(&at) => words[at].1 = words[at].1.saturating_add(count),
                None if words.len() < WORDS_MAX => {
                    place.insert(column, words.len());
                    words.push((column, count));
                }
                None => {}
            }
        }
        Self(words)
    }

    /// Whether the ticket has no words.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Placeholders such as `<url>` stand for things that differ.
fn says_something(token: &Token) -> bool {
    !token.term.starts_with('<')
}

/// FNV-1a (draft-eastlake-fnv), its high bits mixed into the low ones. Nothing is stored by column, so
/// the hash may change with any release.
fn column(term: &str) -> u32 {
    let step = |state: u64, byte: u8| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = term.bytes().fold(0xcbf2_9ce4_8422_2325, step);
    let mixed = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (mixed >> (64 - BITS)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_one_column_and_the_subject_counts_twice() {
        let words = Words::of(&TicketText::new("Printer jam", "The printer: paper everywhere"));
        let mut counts: Vec<u8> = words.0.iter().map(|(_, count)| *count).collect();
        counts.sort();
        assert_eq!(counts, [1, 1, 1, 2, 3]);
    }

    #[test]
    fn placeholders_and_empty_texts_say_nothing() {
        assert!(Words::of(&TicketText::new("", "")).is_empty());
        let with = Words::of(&TicketText::new("", "see https://example.org/a now"));
        assert_eq!(with, Words::of(&TicketText::new("", "see now")));
    }

    #[test]
    fn endless_texts_are_read_from_the_beginning() {
        let text: String = (0..5_000).map(|n| format!("word{n}x ")).collect();
        let words = Words::of(&TicketText::new("", text));
        assert!((WORDS_MAX - 8..=WORDS_MAX).contains(&words.0.len()));
    }
}

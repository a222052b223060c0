//! Tokens as numbers: words, pairs of words and pieces of words, hashed to a fixed width and weighted
//! by rarity and by how much they tell labels apart.
//!
//! The artefact depends on every function here. Whoever changes what a text becomes raises
//! [`FEATURE_VERSION`], and old models are refused instead of reading other numbers.

mod hash;
mod idf;
mod known_words;
mod pieces;

use std::ops::Range;

use half::f16;
use serde::{Deserialize, Serialize};

use crate::text::{Part, Token};

pub use idf::Idf;
pub use known_words::KnownWords;

/// Raised with every change in tokenizing, hashing or weighting.
pub const FEATURE_VERSION: u16 = 4;

/// Stand before the first and after the last word of a part; no word is one of them.
const START: &str = "\u{2}";
const END: &str = "\u{3}";

/// A vector with few non-zero places. Values have half precision, eleven bits: the vectors are most of what training
/// holds, and no figure knows the difference.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sparse {
    /// Ascending, each at most once, below the width.
    pub indices: Vec<u16>,
    pub values: Vec<f16>,
}

impl Sparse {
    /// `indices` as in the field, with as many values.
    pub fn new(indices: Vec<u16>, values: &[f32]) -> Self {
        debug_assert_eq!(indices.len(), values.len());
        Self { indices, values: values.iter().copied().map(f16::from_f32).collect() }
    }

    pub fn iter(&self) -> impl Iterator<Item = (usize, f32)> + '_ {
        self.indices.iter().map(|&i| usize::from(i)).zip(self.values.iter().map(|v| v.to_f32()))
    }

    /// Squared Euclidean length.
    pub fn squared_norm(&self) -> f32 {
        self.iter().map(|(_, value)| value * value).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }
}

/// How texts become vectors.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `word_bits` | 14 | columns of words and pairs of words, as a power of two | 8..=15 |
/// | `piece_bits` | 13 | columns of pieces of words, as a power of two | 8..=14 |
/// | `subject_weight` | 2 | how often a word in the subject counts | 1..=10 |
/// | `plain` | false | words alone, counted and not weighted: what every model is compared with | |
/// | `full_words` | 30 | words of the message that count in full; the nth after them counts √(this / n) | 1..=2000 |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureConfig {
    pub word_bits: u8,
    pub piece_bits: u8,
    pub subject_weight: f32,
    pub full_words: u16,
    pub plain: bool,
}

impl Default for FeatureConfig {
    fn default() -> Self {
        Self { word_bits: 14, piece_bits: 13, subject_weight: 2.0, full_words: 30, plain: false }
    }
}

impl FeatureConfig {
    /// Whether every value lies in its range.
    pub fn is_valid(&self) -> bool {
        (8..=15).contains(&self.word_bits)
            && (8..=14).contains(&self.piece_bits)
            && (1.0..=10.0).contains(&self.subject_weight)
            && (1..=2000).contains(&self.full_words)
    }

    /// Number of columns; at most 49,152, so that a column fits 16 bits.
    pub fn width(&self) -> usize {
        self.words() + (1 << self.piece_bits)
    }

    /// Columns of words and pairs; those of pieces follow them.
    pub(crate) fn words(&self) -> usize {
        1 << self.word_bits
    }

    /// How often each column occurs in some tokens, before any weighting by rarity.
    pub fn counts(&self, tokens: &[Token]) -> Sparse {
        let mut found = Vec::with_capacity(tokens.len() * 24);
        self.visit(tokens, &mut |column, at: Range<usize>| {
            found.push((column, self.weight(tokens, at.start)));
        });
        // Sorting is a third faster here than a hash map, and the order is needed anyway.
        found.sort_unstable_by_key(|&(column, _)| column);
        // As many places as needed and no more: the vectors are most of what training holds.
        let columns = || found.chunk_by(|a, b| a.0 == b.0);
        let distinct = columns().count();
        let mut counts =
            Sparse { indices: Vec::with_capacity(distinct), values: Vec::with_capacity(distinct) };
        for places in columns() {
            counts.indices.push(places[0].0);
            let count: f32 = places.iter().map(|(_, weight)| weight).sum();
            counts.values.push(f16::from_f32(count));
        }
        counts
    }

    /// Calls `see` for every word, pair of neighbours of one part and piece of a word, with its column
    /// and the tokens it was read from. The edges of a part are neighbours too: how a question begins
    /// says much of what it asks for.
    pub fn visit(&self, tokens: &[Token], see: &mut impl FnMut(u16, Range<usize>)) {
        for (at, token) in tokens.iter().enumerate() {
            see(self.word_column(&[&token.term]), at..at + 1);
            if self.plain {
                continue;
            }
            let is_neighbour = |other: &&Token| other.part == token.part;
            if at.checked_sub(1).and_then(|at| tokens.get(at)).filter(is_neighbour).is_none() {
                see(self.word_column(&[START, &token.term]), at..at + 1);
            }
            match tokens.get(at + 1).filter(is_neighbour) {
                Some(next) => see(self.word_column(&[&token.term, &next.term]), at..at + 2),
                None => see(self.word_column(&[&token.term, END]), at..at + 1),
            }
            pieces::visit(&token.term, &mut |piece| {
                let column = self.words() as u32 + hash::column(&[piece], self.piece_bits);
                see(column as u16, at..at + 1);
            });
        }
    }

    /// How much an occurrence at a token counts.
    pub(crate) fn weight(&self, tokens: &[Token], at: usize) -> f32 {
        if self.plain {
            return 1.0;
        }
        if tokens[at].part == Part::Subject {
            return self.subject_weight;
        }
        // The body's tokens follow the subject's.
        let before = tokens.partition_point(|token| token.part == Part::Subject);
        let nth = at - before;
        let full = usize::from(self.full_words);
        if nth <= full { 1.0 } else { (full as f32 / nth as f32).sqrt() }
    }

    fn word_column(&self, words: &[&str]) -> u16 {
        hash::column(words, self.word_bits) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TicketText;

    fn counts(config: &FeatureConfig, text: &TicketText) -> Sparse {
        config.counts(&text.tokens())
    }

    fn words_of(config: &FeatureConfig, x: &Sparse) -> Vec<f32> {
        let is_word = |&(column, _): &(usize, f32)| column < config.words();
        x.iter().filter(is_word).map(|(_, value)| value).collect()
    }

    #[test]
    fn words_and_pairs_of_one_part_are_counted() {
        let config = FeatureConfig::default();
        let x = counts(&config, &TicketText::new("Card lost", "card blocked card"));
        // card, lost, blocked, "card lost", "card blocked", "blocked card"; no "lost card". A part
        // begins with card, one ends with lost, one with card.
        let words = words_of(&config, &x);
        assert_eq!(words.len(), 9);
        assert!(x.indices.is_sorted_by(|a, b| a < b));
        // card: twice for the subject, twice in the body.
        assert_eq!(words.iter().copied().fold(0.0, f32::max), 4.0);
    }

    #[test]
    fn pieces_find_words_that_are_alike() {
        let config = FeatureConfig::default();
        let shared = |a: &str, b: &str| {
            let [a, b] = [a, b].map(|t| counts(&config, &TicketText::new("", t)));
            a.indices.iter().filter(|i| b.indices.contains(i)).count()
        };
        assert!(shared("password", "passwords") > 15);
        assert!(shared("password", "refund") <= 2);
    }

    #[test]
    fn later_words_of_a_long_message_count_less() {
        let config = FeatureConfig { full_words: 2, ..FeatureConfig::default() };
        let tokens = TicketText::new("s", "a b c d e f g h i").tokens();
        let weights: Vec<f32> = (0..10).map(|at| config.weight(&tokens, at)).collect();
        assert_eq!(weights[..4], [2.0, 1.0, 1.0, 1.0]);
        // The ninth word of the message has eight before it: √(2 / 8).
        assert_eq!(weights[9], 0.5);
    }

    #[test]
    fn columns_are_stable() {
        // Stored models depend on these; a change needs a new FEATURE_VERSION.
        let x = counts(&FeatureConfig::default(), &TicketText::new("", "card lost"));
        assert_eq!(x.indices[..3], [3323, 4516, 7067]);
        assert_eq!(x.indices.len(), 33);
        let sum: usize = x.indices.iter().map(|&i| usize::from(i)).sum();
        assert_eq!(sum, 609_682);
    }

    #[test]
    fn every_column_is_below_the_width() {
        for (word_bits, piece_bits) in [(8, 8), (15, 14)] {
            let config = FeatureConfig { word_bits, piece_bits, ..FeatureConfig::default() };
            assert!(config.is_valid() && config.width() <= usize::from(u16::MAX));
            let text =
                TicketText::new("", "the quick brown fox jumps over the lazy dog ".repeat(9));
            assert!(counts(&config, &text).iter().all(|(column, _)| column < config.width()));
        }
    }
}

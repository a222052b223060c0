//! Tokens as numbers: single words and pairs, hashed to a fixed width and weighted by rarity.
//!
//! The artefact depends on every function here. Whoever changes what a text becomes raises
//! [`FEATURE_VERSION`], and old models are refused instead of reading other numbers.

mod hash;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::text::{Part, TicketText, Token};

/// Raised with every change in tokenizing, hashing or weighting.
pub const FEATURE_VERSION: u16 = 1;

/// A vector with few non-zero places.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sparse {
    /// Ascending, each at most once, below the width.
    pub indices: Vec<u32>,
    pub values: Vec<f32>,
}

impl Sparse {
    pub fn iter(&self) -> impl Iterator<Item = (usize, f32)> + '_ {
        self.indices.iter().map(|&i| i as usize).zip(self.values.iter().copied())
    }

    /// Sum of the values; for vectors of weighted words it grows with the length of the text.
    pub fn length(&self) -> f64 {
        self.values.iter().map(|&value| f64::from(value)).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }
}

/// How texts become vectors.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `bits` | 14 | width of the vectors as a power of two | 8..=18 |
/// | `subject_weight` | 2 | how often a word in the subject counts | 1..=10 |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureConfig {
    pub bits: u8,
    pub subject_weight: f32,
}

impl Default for FeatureConfig {
    fn default() -> Self {
        Self { bits: 14, subject_weight: 2.0 }
    }
}

impl FeatureConfig {
    /// Whether every value lies in its range.
    pub fn is_valid(&self) -> bool {
        (8..=18).contains(&self.bits) && (1.0..=10.0).contains(&self.subject_weight)
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        1 << self.bits
    }

    /// How often each column occurs in a text: the raw counts, before any weighting.
    pub fn counts(&self, text: &TicketText) -> Sparse {
        let tokens = text.tokens();
        let mut counts = BTreeMap::<u32, f32>::new();
        for (column, span) in self.columns(&tokens) {
            let weight = match span[0].part {
                Part::Subject => self.subject_weight,
                Part::Body => 1.0,
            };
            *counts.entry(column).or_default() += weight;
        }
        Sparse { indices: counts.keys().copied().collect(), values: counts.into_values().collect() }
    }

    /// Every word and every pair of neighbours of one part, with its column.
    pub fn columns<'a>(
        &'a self,
        tokens: &'a [Token],
    ) -> impl Iterator<Item = (u32, &'a [Token])> + 'a {
        let words = tokens.chunks(1);
        let pairs = tokens.windows(2).filter(|pair| pair[0].part == pair[1].part);
        words.chain(pairs).map(|span| (self.column(span), span))
    }

    fn column(&self, span: &[Token]) -> u32 {
        hash::column(span.iter().map(|token| token.term.as_str()), self.bits)
    }
}

/// Rarity of each column in the training texts, which weights the counts of any text.
///
/// A text is weighted by itself, never with its batch: `(1 + ln count) · √idf`, scaled to length 1,
/// with `idf = ln((1 + texts) / (1 + texts with the column)) + 1` as in scikit-learn's
/// `TfidfTransformer` (`sublinear_tf`, `smooth_idf`). The root is measured: the
/// full idf gave slightly worse labels on every set tried, short tickets and long ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Idf(Vec<f32>);

impl Idf {
    /// Learns from the raw counts of the training texts.
    pub fn fit<'a>(width: usize, texts: impl IntoIterator<Item = &'a Sparse>) -> Self {
        let mut texts_with = vec![0_u32; width];
        let mut total = 0_u32;
        for text in texts {
            total += 1;
            text.indices.iter().for_each(|&column| texts_with[column as usize] += 1);
        }
        let idf =
            |with: u32| (((1.0 + f64::from(total)) / (1.0 + f64::from(with))).ln() + 1.0).sqrt();
        // A column no training text has says nothing about any label: weight 0 leaves it out.
        Self(texts_with.iter().map(|&w| if w == 0 { 0.0 } else { idf(w) as f32 }).collect())
    }

    /// Restores stored weights, one a column.
    pub fn from_weights(weights: Vec<f32>) -> Self {
        Self(weights)
    }

    pub fn weights(&self) -> &[f32] {
        &self.0
    }

    /// Weights one text; columns never seen in training disappear.
    pub fn transform(&self, counts: &Sparse) -> Sparse {
        let mut out = Sparse::default();
        for (column, count) in counts.iter().filter(|&(column, _)| self.0[column] > 0.0) {
            out.indices.push(column as u32);
            out.values.push((1.0 + count.ln().max(0.0)) * self.0[column]);
        }
        let norm = out.values.iter().map(|v| v * v).sum::<f32>().sqrt();
        out.values.iter_mut().for_each(|v| *v /= norm);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(text: &str) -> Sparse {
        FeatureConfig::default().counts(&TicketText::new("", text))
    }

    #[test]
    fn words_and_pairs_of_one_part_are_counted() {
        let config = FeatureConfig::default();
        let x = config.counts(&TicketText::new("Card lost", "card blocked card"));
        // card, lost, blocked, "card lost", "card blocked", "blocked card"; no "lost card".
        assert_eq!(x.indices.len(), 6);
        assert!(x.indices.is_sorted_by(|a, b| a < b));
        // card: twice for the subject, twice in the body.
        assert_eq!(x.values.iter().copied().fold(0.0, f32::max), 4.0);
    }

    #[test]
    fn columns_are_stable() {
        // Stored models depend on these; a change needs a new FEATURE_VERSION.
        let x = counts("card lost");
        assert_eq!(x.indices, [4516, 7067, 10313]);
    }

    #[test]
    fn weights_are_those_of_the_formula() {
        let texts = [counts("card card"), counts("lost")];
        let idf = Idf::fit(FeatureConfig::default().width(), &texts);
        let x = idf.transform(&texts[0]);
        // "card" (count 2) and "card card" (count 1) have the same idf, so it cancels:
        // (1 + ln 2, 1) / √((1 + ln 2)² + 1) = 0.861037, 0.508542.
        let mut values = x.values.clone();
        values.sort_by(f32::total_cmp);
        assert!((values[0] - 0.508_542).abs() < 1e-5, "{values:?}");
        assert!((values[1] - 0.861_037).abs() < 1e-5, "{values:?}");
        // √(ln(3 / 2) + 1) for a column in one of two texts.
        let stored = idf.weights()[x.indices[0] as usize];
        assert!((stored - 1.185_523).abs() < 1e-5, "{stored}");
    }

    #[test]
    fn one_document_transforms_exactly_as_inside_a_batch() {
        let texts = ["card lost", "lost my card again", "refund please"].map(counts);
        let idf = Idf::fit(FeatureConfig::default().width(), &texts);
        let batch: Vec<_> = texts.iter().map(|t| idf.transform(t)).collect();
        for (text, in_batch) in texts.iter().zip(&batch) {
            assert_eq!(&idf.transform(text), in_batch);
        }
    }

    #[test]
    fn unseen_words_disappear() {
        let idf = Idf::fit(FeatureConfig::default().width(), &[counts("card lost")]);
        assert!(idf.transform(&counts("zebra")).is_empty());
        assert_eq!(idf.transform(&counts("card zebra")).indices.len(), 1);
    }
}

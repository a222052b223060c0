//! Which words occurred in training, so that new ones can be counted.

use super::hash;
use crate::text::{Token, is_placeholder};

/// Bits of the table; 64 KiB.
const BITS: u8 = 19;

/// A Bloom filter (Bloom 1970) with one hash over the words of the training texts.
///
/// A known word is always found. With 20,000 different words a new one is taken for known once in
/// 26 times, with 100,000 once in 6: the share of new words is a little too small, which matters
/// little where shares are compared.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownWords(Vec<u64>);

impl Default for KnownWords {
    fn default() -> Self {
        Self(vec![0; 1 << (BITS - 6)])
    }
}

impl KnownWords {
    pub(crate) const BYTES: usize = 1 << (BITS - 3);

    fn insert(&mut self, term: &str) {
        let (at, bit) = place(term);
        self.0[at] |= bit;
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own |= other);
        self
    }

    /// Notes the words of a text.
    pub fn insert_all(&mut self, tokens: &[Token]) {
        words(tokens).for_each(|term| self.insert(term));
    }

    /// Known words of a text, and all of them.
    pub fn count(&self, tokens: &[Token]) -> (usize, usize) {
        (words(tokens).filter(|term| self.contains(term)).count(), words(tokens).count())
    }

    /// Share of the words that are not known, in 0..=1; 0 without words.
    pub fn new_share(&self, tokens: &[Token]) -> f64 {
        let (known, all) = self.count(tokens);
        (all - known) as f64 / all.max(1) as f64
    }

    fn contains(&self, term: &str) -> bool {
        let (at, bit) = place(term);
        self.0[at] & bit != 0
    }

    pub(crate) fn to_bytes(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.iter().flat_map(|word| word.to_le_bytes())
    }

    /// Restores a table of [`Self::BYTES`].
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let word = |b: &[u8]| u64::from_le_bytes(b.try_into().expect("chunks of eight"));
        Self(bytes.chunks_exact(8).map(word).collect())
    }
}

/// Placeholders such as `<url>` are no words.
fn words(tokens: &[Token]) -> impl Iterator<Item = &str> {
    tokens.iter().map(|token| token.term.as_str()).filter(|term| !is_placeholder(term))
}

fn place(term: &str) -> (usize, u64) {
    let column = hash::column(&[term], BITS) as usize;
    (column / 64, 1 << (column % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_found_and_other_words_seldom_are() {
        let mut words = KnownWords::default();
        (0..20_000).for_each(|i| words.insert(&format!("known{i}")));
        assert!((0..20_000).all(|i| words.contains(&format!("known{i}"))));
        let wrong = (0..20_000).filter(|i| words.contains(&format!("new{i}"))).count();
        // 20,000 / 2^19 = 3.8 %, and chance.
        assert!((600..950).contains(&wrong), "{wrong}");
        let bytes: Vec<u8> = words.to_bytes().collect();
        assert_eq!((bytes.len(), KnownWords::from_bytes(&bytes)), (KnownWords::BYTES, words));
    }
}

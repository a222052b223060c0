//! How much each column says: by rarity, and by how unevenly the labels use it.

use half::f16;

use super::{FeatureConfig, Sparse};

/// Rarity of each column in the training texts, which weights the counts of any text.
///
/// A text is weighted by itself, never with its batch: `(1 + ln count) · idf`, with
/// `idf = ln((1 + texts) / (1 + texts with the column)) + 1` as in scikit-learn's `TfidfTransformer`
/// (`sublinear_tf`, `smooth_idf`), to the power 0.7; then words with pairs, and pieces, are each scaled to length 1, so
/// that neither drowns the other, and the whole again.
#[derive(Debug, Clone, PartialEq)]
pub struct Idf {
    weights: Vec<f32>,
    /// Columns of words; those of pieces follow.
    words: usize,
    /// Counts stay as they are.
    plain: bool,
}

/// Texts a column is taken to be in before any is read.
const EVIDENCE: f64 = 10.0;

/// Measured: 0.5, 0.7 and 1 differ by little, and 0.7 had the best likelihood on every set tried.
const POWER: f64 = 0.7;

impl Idf {
    /// Learns from the raw counts of the training texts.
    pub fn fit<'a>(config: &FeatureConfig, texts: impl IntoIterator<Item = &'a Sparse>) -> Self {
        let mut texts_with = vec![0_u32; config.width()];
        let mut total = 0_u32;
        for text in texts {
            total += 1;
            text.indices.iter().for_each(|&column| texts_with[usize::from(column)] += 1);
        }
        let idf = |with: u32| {
            (((1.0 + f64::from(total)) / (1.0 + f64::from(with))).ln() + 1.0).powf(POWER)
        };
        // A column no training text has says nothing about any label: weight 0 leaves it out.
        let weight = |with: u32| if with == 0 { 0.0 } else { idf(with) as f32 };
        Self {
            weights: texts_with.into_iter().map(weight).collect(),
            words: config.words(),
            plain: config.plain,
        }
    }

    /// Restores stored weights, one a column.
    pub fn from_weights(config: &FeatureConfig, weights: Vec<f32>) -> Self {
        Self { weights, words: config.words(), plain: config.plain }
    }

    /// Raises the weight of columns that tell labels apart, by `1 + √KL`: the divergence, in nats, of the
    /// labels of the texts with the column from those of all texts. Every column starts from
    /// ten texts labelled as all are, so that a rare one has to earn it. A weight is how weakly a
    /// column is held back by regularisation, so this lets the telling ones speak up.
    ///
    /// `texts` are those whose labels may be known here: none that something is chosen on later.
    pub fn favour_telling<'a>(
        &mut self,
        texts: impl IntoIterator<Item = (&'a Sparse, usize)>,
        classes: usize,
    ) {
        let mut shares = vec![0.0_f64; classes];
        let mut texts_with = vec![0_f32; self.weights.len() * classes];
        for (text, class) in texts {
            shares[class] += 1.0;
            for &column in &text.indices {
                texts_with[usize::from(column) * classes + class] += 1.0;
            }
        }
        let total: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= total.max(1.0));
        for (weight, with) in self.weights.iter_mut().zip(texts_with.chunks_exact(classes)) {
            let evidence = EVIDENCE + with.iter().map(|&n| f64::from(n)).sum::<f64>();
            let nats = |(&n, &share): (&f32, &f64)| {
                let here = (f64::from(n) + EVIDENCE * share) / evidence;
                if here > 0.0 { here * (here / share).ln() } else { 0.0 }
            };
            let divergence: f64 = with.iter().zip(&shares).map(nats).sum();
            *weight *= (1.0 + divergence.max(0.0).sqrt()) as f32;
        }
    }

    /// One a column; 0 for columns that no training text has.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Turns the counts of one text into its vector; columns never seen in training disappear.
    pub fn weigh(&self, x: &mut Sparse) {
        if self.plain {
            return;
        }
        // Squared lengths of words and of pieces.
        let mut squares = [0_f32; 2];
        let weighed = |(column, count): (u16, f32)| {
            let idf = self.weights[usize::from(column)];
            let tf = if count < 1.0 { count } else { 1.0 + count.ln() };
            let value = tf * idf;
            squares[self.block(column)] += value * value;
            (idf > 0.0).then_some((column, value))
        };
        let counts = x.indices.iter().copied().zip(x.values.iter().map(|count| count.to_f32()));
        let known: Vec<(u16, f32)> = counts.filter_map(weighed).collect();
        let blocks = squares.iter().filter(|&&s| s > 0.0).count() as f32;
        let scale = squares.map(|s| 1.0 / (s * blocks).sqrt().max(f32::MIN_POSITIVE));
        let scaled = known.iter().map(|(column, value)| value * scale[self.block(*column)]);
        x.values = scaled.map(f16::from_f32).collect();
        x.indices = known.iter().map(|(column, _)| *column).collect();
    }

    fn block(&self, column: u16) -> usize {
        usize::from(usize::from(column) >= self.words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TicketText;

    const CONFIG: FeatureConfig = FeatureConfig {
        word_bits: 14,
        piece_bits: 13,
        subject_weight: 2.0,
        full_words: 30,
        plain: false,
    };

    fn counts(text: &str) -> Sparse {
        CONFIG.counts(&TicketText::new("", text).tokens())
    }

    fn weighed(idf: &Idf, text: &str) -> Sparse {
        let mut x = counts(text);
        idf.weigh(&mut x);
        x
    }

    #[test]
    fn weights_are_those_of_the_formula() {
        let texts = [counts("card card"), counts("lost")];
        let idf = Idf::fit(&CONFIG, &texts);
        let x = weighed(&idf, "card card");
        // "card" (count 2), "card card" and the two edges (count 1) have the same idf, so it cancels; half
        // of the squared length is words: (1 + ln 2, 1) / √((1 + ln 2)² + 3) / √2 = 0.494289, 0.291935.
        let words = x.iter().filter(|(column, _)| *column < CONFIG.words());
        let mut values: Vec<f32> = words.map(|(_, value)| value).collect();
        values.sort_by(f32::total_cmp);
        assert!((values[0] - 0.291_935).abs() < 1e-3, "{values:?}");
        assert!((values[3] - 0.494_289).abs() < 1e-3, "{values:?}");
        assert!((x.squared_norm() - 1.0).abs() < 1e-3);
        // (ln(3 / 2) + 1)^0.7 for a column in one of two texts.
        let stored = idf.weights()[usize::from(x.indices[0])];
        assert!((stored - 1.269_036).abs() < 1e-5, "{stored}");
    }

    #[test]
    fn columns_that_tell_labels_apart_weigh_more() {
        let texts = [vec![counts("card"); 10], vec![counts("lost"); 10]].concat();
        let plain = Idf::fit(&CONFIG, &texts);
        let mut idf = plain.clone();
        idf.favour_telling(texts.iter().enumerate().map(|(i, x)| (x, i / 10)), 2);
        let column = usize::from(texts[0].indices[0]);
        // 10 of 10 texts and half of 10 more: shares of 3/4 and 1/4 against halves, so
        // 1 + √(¾ ln 1.5 + ¼ ln 0.5) = 1.361679.
        let raised = idf.weights()[column] / plain.weights()[column];
        assert!((raised - 1.361_679).abs() < 1e-5, "{raised}");
        // A column that both labels use alike says nothing more than it did.
        let mut alike = plain.clone();
        alike.favour_telling(texts.iter().enumerate().map(|(i, x)| (x, i % 2)), 2);
        assert!((alike.weights()[column] / plain.weights()[column] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn one_document_transforms_exactly_as_inside_a_batch() {
        let texts = ["card lost", "lost my card again", "refund please"];
        let batch = texts.map(counts);
        let idf = Idf::fit(&CONFIG, &batch);
        for (text, mut in_batch) in texts.iter().zip(batch) {
            idf.weigh(&mut in_batch);
            assert_eq!(weighed(&idf, text), in_batch);
        }
    }

    #[test]
    fn unseen_columns_disappear() {
        let idf = Idf::fit(&CONFIG, &[counts("card lost")]);
        assert!(weighed(&idf, "Ω").is_empty());
        assert_eq!(weighed(&idf, "card Ω"), weighed(&idf, "card"));
        assert!((weighed(&idf, "card").squared_norm() - 1.0).abs() < 1e-3);
    }
}

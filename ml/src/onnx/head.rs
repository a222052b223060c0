//! The softmax regression on top of an embedding.

use rayon::prelude::*;

use crate::classifier::{Classifier, Examples, Linear, Softmax, SoftmaxParams, softmax};
use crate::features::Sparse;

/// Inverse regularisations tried. Embeddings have length 1 and few numbers, so they want more than words do.
const CS: [f32; 5] = [1.0, 4.0, 16.0, 64.0, 256.0];

/// Embedded tickets, those held back last.
pub(super) struct Embedded<'a> {
    pub vectors: Vec<&'a Sparse>,
    pub targets: Vec<usize>,
    /// Where the held-back ones begin.
    pub kept: usize,
    pub classes: usize,
    pub dimensions: usize,
    pub seed: u64,
}

impl Embedded<'_> {
    /// Learns from the kept tickets, under the regularisation that makes the held-back ones most likely.
    pub fn choose(&self) -> (f32, Linear) {
        let loss = |linear: &Linear| -> f64 {
            let held = self.vectors.iter().zip(&self.targets).skip(self.kept);
            held.map(|(x, &target)| -softmax(&linear.log_scores(x), 1.0)[target].max(1e-12).ln())
                .sum()
        };
        let fitted: Vec<(f32, Linear, f64)> = CS
            .par_iter()
            .map(|&c| {
                let linear = self.fit(self.kept, c);
                let loss = loss(&linear);
                (c, linear, loss)
            })
            .collect();
        let best = fitted.into_iter().min_by(|a, b| a.2.total_cmp(&b.2));
        let (c, linear, _) = best.expect("several are tried");
        (c, linear)
    }

    /// Learns from the first `count` tickets.
    pub fn fit(&self, count: usize, c: f32) -> Linear {
        let examples = Examples {
            vectors: &self.vectors[..count],
            targets: &self.targets[..count],
            classes: self.classes,
            width: self.dimensions,
        };
        let params = SoftmaxParams { c, seed: self.seed, ..SoftmaxParams::default() };
        let (bias, weights) = Softmax::fit(&examples, &params).weights();
        Linear::new(bias, &weights)
    }
}

//! Classifiers: from feature vectors to one score a class.
//!
//! Two learners see the same vectors: naive Bayes, counted by `linfa-bayes`, and a softmax regression.
//! Both are weighted sums, and so is their blend ([`Blend`]): one [`Linear`] is what a model keeps and
//! asks. Everything after it (calibration, reasons, artefacts) asks only for scores and weights.

mod blend;
mod linear;
mod linfa_sums;
mod naive_bayes;
mod softmax;

pub use blend::{Blend, BothScores};
pub use linear::Linear;
pub use naive_bayes::{ClassCounts, NaiveBayesParams};
pub use softmax::{GoesOn, Softmax, SoftmaxParams};

use crate::features::Sparse;

/// What a fitted classifier answers.
pub trait Classifier {
    /// Number of classes; they are named by index.
    fn classes(&self) -> usize;

    /// One unnormalised log-probability a class. An empty vector gets the classes' biases.
    fn log_scores(&self, x: &Sparse) -> Vec<f64>;

    /// What one unit of a column adds to a class's score; only differences between classes mean
    /// anything.
    fn weight(&self, class: usize, column: usize) -> f64;
}

/// Training vectors with the index of their class.
#[derive(Debug, Clone, Copy)]
pub struct Examples<'a> {
    pub vectors: &'a [&'a Sparse],
    /// As long as `vectors`, each below `classes`.
    pub targets: &'a [usize],
    pub classes: usize,
    /// Number of columns; every index of a vector is below it.
    pub width: usize,
}

/// Why a classifier could not be fitted.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    #[error("linfa: {0}")]
    Linfa(#[from] linfa_bayes::NaiveBayesError),
    #[error("the fitted counts could not be read: {0}")]
    Counts(#[from] serde_json::Error),
}

/// Scores of full-precision weights, column-major, before they are rounded into a [`Linear`].
pub fn weighted_sums(bias: &[f32], weights: &[f32], x: &Sparse) -> Vec<f64> {
    let classes = bias.len();
    let mut sums = bias.to_vec();
    for (column, value) in x.iter() {
        let row = &weights[column * classes..][..classes];
        sums.iter_mut().zip(row).for_each(|(sum, weight)| *sum += value * weight);
    }
    sums.into_iter().map(f64::from).collect()
}

/// Probabilities of log-scores, each times `sharpness` (1 / temperature).
///
/// The largest score is subtracted first, so no score is too large.
pub fn softmax(scores: &[f64], sharpness: f64) -> Vec<f64> {
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut odds: Vec<f64> = scores.iter().map(|s| ((s - top) * sharpness).exp()).collect();
    let sum: f64 = odds.iter().sum();
    odds.iter_mut().for_each(|p| *p /= sum);
    odds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_does_not_overflow() {
        assert_eq!(softmax(&[-9e5, -9e5], 1.0), [0.5, 0.5]);
        // Odds of e^ln(3) : 1.
        let p = softmax(&[3_f64.ln() + 800.0, 800.0], 1.0);
        assert!((p[0] - 0.75).abs() < 1e-9, "{p:?}");
    }
}

//! The serving form of every classifier whose score is a weighted sum of the features.

use serde::{Deserialize, Serialize};

use super::Classifier;
use crate::features::Sparse;

/// Per class: a bias, a weight for every unit of every column, and 16-bit weights of single
/// columns.
///
/// Naive Bayes gives almost every column of a class one and the same weight, which `unit` holds;
/// what remains is mostly zero and packs well. Weights are rounded when the value is made, before
/// anything is measured on it, so a saved model and the one just trained answer alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    pub(crate) head: LinearHead,
    /// Column-major: the weights of one column stand together. Times `head.step`.
    pub(crate) steps: Vec<i16>,
}

/// The small part of a [`Linear`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinearHead {
    pub bias: Vec<f64>,
    pub unit: Vec<f64>,
    pub step: f64,
}

impl Linear {
    /// Rounds `weights` (column-major, `columns × classes`) to 65,535 even steps.
    pub fn new(bias: Vec<f64>, unit: Vec<f64>, weights: &[f32]) -> Self {
        let largest = weights.iter().fold(0_f32, |top, w| top.max(w.abs()));
        let step = if largest > 0.0 { f64::from(largest) / f64::from(i16::MAX) } else { 1.0 };
        let steps = weights.iter().map(|&w| (f64::from(w) / step).round() as i16).collect();
        Self { head: LinearHead { bias, unit, step }, steps }
    }
}

impl Classifier for Linear {
    fn classes(&self) -> usize {
        self.head.bias.len()
    }

    fn log_scores(&self, x: &Sparse) -> Vec<f64> {
        let classes = self.classes();
        let mut sums = vec![0_f32; classes];
        for (column, value) in x.iter() {
            let row = &self.steps[column * classes..][..classes];
            sums.iter_mut().zip(row).for_each(|(sum, &step)| *sum += value * f32::from(step));
        }
        let length = x.length();
        let LinearHead { bias, unit, step } = &self.head;
        (0..classes).map(|c| bias[c] + unit[c] * length + f64::from(sums[c]) * step).collect()
    }

    fn weight(&self, class: usize, column: usize) -> f64 {
        let step = self.steps[column * self.classes() + class];
        self.head.unit[class] + f64::from(step) * self.head.step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_bias_plus_weighted_sum() {
        // Two classes, two columns; weights hand-picked, 2 is the largest and so exact.
        let linear = Linear::new(vec![0.5, 0.0], vec![-1.0, 0.0], &[2.0, 0.0, 0.0, -2.0]);
        let x = Sparse { indices: vec![0, 1], values: vec![1.0, 3.0] };
        // 0.5 − 1·4 + 2·1 and 0 + 0 − 2·3.
        assert_eq!(linear.log_scores(&x), [-1.5, -6.0]);
        assert_eq!(linear.log_scores(&Sparse::default()), [0.5, 0.0]);
        assert_eq!((linear.weight(0, 0), linear.weight(1, 1)), (1.0, -2.0));
    }

    #[test]
    fn rounding_is_at_most_half_a_step() {
        let weights: Vec<f32> = (0..100).map(|i| (i as f32).sin() * 12.0).collect();
        let linear = Linear::new(vec![0.0; 2], vec![0.0; 2], &weights);
        for (i, &weight) in weights.iter().enumerate() {
            let error = (linear.weight(i % 2, i / 2) - f64::from(weight)).abs();
            assert!(error <= linear.head.step * 0.51, "{error}");
        }
    }
}

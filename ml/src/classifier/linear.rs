//! The serving form of every classifier whose score is a weighted sum of the features.

use super::Classifier;
use crate::features::Sparse;

/// Per class a bias, and per column 8-bit weights of all classes times a step of the column's own.
///
/// Weights are rounded when the value is made, before anything is measured on it, so a saved model and
/// the one just trained answer alike. An eighth of the size of `f32` weights with what packing saves,
/// and no figure of any set moved by more than chance.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    pub(crate) bias: Vec<f32>,
    /// One a column.
    pub(crate) steps: Vec<f32>,
    /// Column-major: the weights of one column stand together.
    pub(crate) weights: Vec<i8>,
}

impl Linear {
    /// Rounds `weights` (column-major, `columns × classes`) to 255 even steps a column.
    ///
    /// Only differences between classes mean anything, so each column is first centred between its
    /// largest and its smallest weight: naive Bayes gives all classes that lack a word one and the
    /// same large weight.
    pub fn new(bias: Vec<f32>, weights: &[f32]) -> Self {
        let classes = bias.len();
        let mut steps = Vec::with_capacity(weights.len() / classes);
        let mut rounded = Vec::with_capacity(weights.len());
        for row in weights.chunks_exact(classes) {
            let (low, high) =
                row.iter().fold((f32::MAX, f32::MIN), |(l, h), &w| (l.min(w), h.max(w)));
            let (middle, reach) = ((low + high) / 2.0, (high - low) / 2.0);
            let step = if reach > 0.0 { reach / f32::from(i8::MAX) } else { 0.0 };
            let round = |&w: &f32| if step > 0.0 { ((w - middle) / step).round() as i8 } else { 0 };
            rounded.extend(row.iter().map(round));
            steps.push(step);
        }
        Self { bias, steps, weights: rounded }
    }
}

impl Classifier for Linear {
    fn classes(&self) -> usize {
        self.bias.len()
    }

    fn log_scores(&self, x: &Sparse) -> Vec<f64> {
        let classes = self.classes();
        let mut sums = self.bias.clone();
        for (column, value) in x.iter() {
            let value = value * self.steps[column];
            let row = &self.weights[column * classes..][..classes];
            sums.iter_mut().zip(row).for_each(|(sum, &w)| *sum += value * f32::from(w));
        }
        sums.into_iter().map(f64::from).collect()
    }

    fn weight(&self, class: usize, column: usize) -> f64 {
        f64::from(self.steps[column]) * f64::from(self.weights[column * self.classes() + class])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_bias_plus_weighted_sum() {
        // Two classes, two columns; every column is centred: (2, 0) is (1, −1), (0, −2) is (1, −1).
        let linear = Linear::new(vec![0.5, 0.0], &[2.0, 0.0, 0.0, -2.0]);
        let x = Sparse::new(vec![0, 1], &[1.0, 3.0]);
        // 0.5 + 1·1 + 1·3 and 0 − 1 − 3.
        let scores = linear.log_scores(&x);
        assert!((scores[0] - 4.5).abs() < 1e-6 && (scores[1] + 4.0).abs() < 1e-6, "{scores:?}");
        assert_eq!(linear.log_scores(&Sparse::default()), [0.5, 0.0]);
        assert!(
            (linear.weight(0, 0) - 1.0).abs() < 1e-6 && (linear.weight(1, 1) + 1.0).abs() < 1e-6
        );
    }

    #[test]
    fn rounding_is_at_most_half_a_step_of_the_column() {
        let weights: Vec<f32> = (0..100).map(|i| (i as f32).sin() * i as f32).collect();
        let linear = Linear::new(vec![0.0; 2], &weights);
        for (column, row) in weights.chunks_exact(2).enumerate() {
            let wanted = f64::from(row[0] - row[1]);
            let found = linear.weight(0, column) - linear.weight(1, column);
            assert!((found - wanted).abs() <= f64::from(linear.steps[column]) * 1.01, "{column}");
        }
    }

    #[test]
    fn a_column_that_is_the_same_for_all_says_nothing() {
        let linear = Linear::new(vec![0.0; 2], &[-7.0, -7.0]);
        assert_eq!((linear.weight(0, 0), linear.weight(1, 0)), (0.0, 0.0));
    }
}

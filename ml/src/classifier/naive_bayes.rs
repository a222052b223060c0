//! Naive Bayes over weighted word counts, counted by `linfa-bayes`.
//!
//! linfa fits one class at a time in dense blocks of rows, so memory stays bounded however many
//! tickets there are. The counts are then read out, because the rest is a choice made many times
//! on the same counts: likelihood and smoothing are picked on held-back tickets.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::linfa_sums::sum_with_linfa;
use super::{Examples, FitError, Linear};
use crate::features::Sparse;

/// Which counts a class is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Likelihood {
    /// Its own (McCallum & Nigam 1998), as in linfa.
    Multinomial,
    /// Its own against those of all other classes: the multinomial's log-probabilities minus the
    /// complement's (Rennie et al. 2003, "Tackling the Poor Assumptions of Naive Bayes", §3.1).
    Odds,
}

/// The defaults are used where too few tickets are held back to choose.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `likelihood` | odds | which counts a class is judged by | |
/// | `alpha` | 0.03 | smoothing added to every count | > 0 |
/// | `prior` | 0.3 | how much a class's share of the tickets counts | 0..=1 |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NaiveBayesParams {
    pub likelihood: Likelihood,
    pub alpha: f64,
    pub prior: f64,
}

impl Default for NaiveBayesParams {
    fn default() -> Self {
        Self { likelihood: Likelihood::Odds, alpha: 0.03, prior: 0.3 }
    }
}

/// Summed feature weights and number of tickets of every class.
#[derive(Debug, Clone)]
pub struct ClassCounts {
    /// Column-major, `columns × classes`.
    counts: Vec<f32>,
    tickets: Vec<usize>,
}

impl ClassCounts {
    /// Counts with linfa, block by block.
    ///
    /// # Errors
    /// [`FitError`] if linfa refuses the input; every class may be empty or alone.
    pub fn fit(examples: &Examples) -> Result<Self, FitError> {
        let Examples { classes, width, .. } = *examples;
        let mut rows_of = vec![Vec::new(); classes];
        for (row, &class) in examples.targets.iter().enumerate() {
            rows_of[class].push(&examples.vectors[row]);
        }
        let mut counts = vec![0_f32; width * classes];
        for (class, rows) in rows_of.iter().enumerate() {
            let columns = columns_of(rows);
            for (&column, count) in columns.iter().zip(sum_with_linfa(rows, &columns)?) {
                counts[column as usize * classes + class] = count as f32;
            }
        }
        Ok(Self { counts, tickets: rows_of.iter().map(Vec::len).collect() })
    }

    /// The classifier these counts make.
    pub fn classifier(&self, params: &NaiveBayesParams) -> Linear {
        let NaiveBayesParams { likelihood, alpha, prior } = *params;
        let classes = self.tickets.len();
        let width = self.counts.len() / classes;
        let mut mass = vec![0_f64; classes];
        for row in self.counts.chunks_exact(classes) {
            mass.iter_mut().zip(row).for_each(|(sum, &count)| *sum += f64::from(count));
        }
        let all: f64 = mass.iter().sum();
        let smoothing = alpha * width as f64;
        // `unit` carries what all columns of a class have in common: the weight of a count of 0.
        let own = |m: f64| alpha.ln() - (m + smoothing).ln();
        let unit = mass.iter().map(|&m| match likelihood {
            Likelihood::Multinomial => own(m),
            Likelihood::Odds => own(m) + (all - m + smoothing).ln(),
        });
        let unit = unit.collect();
        let mut weights = Vec::with_capacity(self.counts.len());
        for row in self.counts.chunks_exact(classes) {
            let total: f64 = row.iter().map(|&count| f64::from(count)).sum();
            weights.extend(row.iter().map(|&count| {
                let count = f64::from(count);
                let own = (count + alpha) / alpha;
                let others = (total + alpha) / ((total - count).max(0.0) + alpha);
                match likelihood {
                    Likelihood::Multinomial => own.ln() as f32,
                    Likelihood::Odds => (own * others).ln() as f32,
                }
            }));
        }
        Linear::new(self.log_priors(prior), unit, &weights)
    }

    fn log_priors(&self, power: f64) -> Vec<f64> {
        let all: usize = self.tickets.iter().sum();
        // A class without a ticket counts as half a ticket: unlikely, but not minus infinity.
        let share = |n: usize| (n as f64).max(0.5) / all.max(1) as f64;
        self.tickets.iter().map(|&n| power * share(n).ln()).collect()
    }
}

/// The columns some rows use, ascending.
fn columns_of(rows: &[&Sparse]) -> Vec<u32> {
    let columns: BTreeSet<u32> = rows.iter().flat_map(|row| row.indices.iter().copied()).collect();
    columns.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use linfa::prelude::*;
    use linfa_bayes::{MultinomialNb, NaiveBayes};
    use ndarray::{Array1, Array2};

    use super::*;
    use crate::classifier::Classifier;
    use crate::classifier::linfa_sums::in_silence;

    const WIDTH: usize = 256;

    /// Vectors with a few columns each, three classes; made by arithmetic, so the same every run.
    fn examples() -> (Vec<Sparse>, Vec<usize>) {
        let vector = |i: u32| Sparse {
            indices: vec![i % 7, 10 + i % 13, 40 + i % 50],
            values: vec![0.5, 0.25 + (i % 3) as f32, 1.5],
        };
        ((0..60).map(vector).collect(), (0..60).map(|i| i * i % 7 % 3).collect())
    }

    fn fit(vectors: &[Sparse], targets: &[usize], classes: usize) -> ClassCounts {
        ClassCounts::fit(&Examples { vectors, targets, classes, width: WIDTH }).unwrap()
    }

    fn dense(vectors: &[Sparse]) -> Array2<f64> {
        let mut dense = Array2::zeros((vectors.len(), WIDTH));
        for (mut row, x) in dense.rows_mut().into_iter().zip(vectors) {
            x.iter().for_each(|(column, value)| row[column] = f64::from(value));
        }
        dense
    }

    #[test]
    fn scores_are_the_joint_log_likelihood_of_linfa() {
        let (vectors, targets) = examples();
        let params =
            NaiveBayesParams { likelihood: Likelihood::Multinomial, alpha: 0.1, prior: 1.0 };
        let ours = fit(&vectors, &targets, 3).classifier(&params);
        let all = Dataset::new(dense(&vectors), Array1::from_vec(targets));
        let linfa = in_silence(|| MultinomialNb::params().alpha(0.1).fit(&all)).unwrap();
        let expected = linfa.joint_log_likelihood(all.records().view());
        for (row, x) in vectors.iter().enumerate() {
            for (class, score) in ours.log_scores(x).into_iter().enumerate() {
                let expected = expected[&class][row];
                assert!((score - expected).abs() < 1e-3, "{class}: {score} {expected}");
            }
        }
    }

    #[test]
    fn odds_are_own_log_probability_minus_that_of_the_others() {
        // Class 0 has column 0 three times, class 1 column 1 once; 256 columns, alpha 1.
        let x = |column: u32, value: f32| Sparse { indices: vec![column], values: vec![value] };
        let params = NaiveBayesParams { likelihood: Likelihood::Odds, alpha: 1.0, prior: 0.0 };
        let linear = fit(&[x(0, 3.0), x(1, 1.0)], &[0, 1], 2).classifier(&params);
        let scores = linear.log_scores(&x(0, 1.0));
        // By hand: own 4/259 and 1/257, others 1/257 and 4/259, each class the other's complement.
        let own = (4.0_f64 / 259.0).ln() - (1.0_f64 / 257.0).ln();
        assert!((scores[0] - scores[1] - 2.0 * own).abs() < 1e-3, "{scores:?} {own}");
    }

    #[test]
    fn a_class_without_tickets_is_unlikely_but_possible() {
        let (vectors, targets) = examples();
        let counts = fit(&vectors, &targets, 4);
        for likelihood in [Likelihood::Multinomial, Likelihood::Odds] {
            let params = NaiveBayesParams { likelihood, prior: 1.0, ..NaiveBayesParams::default() };
            let scores = counts.classifier(&params).log_scores(&vectors[0]);
            assert!(scores.iter().all(|s| s.is_finite()), "{scores:?}");
            assert!(scores[3] < scores[targets[0]], "{scores:?}");
        }
    }
}

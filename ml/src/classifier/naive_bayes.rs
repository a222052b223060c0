//! Naive Bayes over weighted word counts.
//!
//! Fitting it is counting; the rest is a choice made many times on the same counts: smoothing is picked
//! on held-back tickets. The baseline is counted by `linfa-bayes`. It needs dense rows, a second for
//! each thousand tickets of full features, so the blend's counts are summed here, sparsely; a test holds
//! both to the same sums.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::linfa_sums::sum_with_linfa;
use super::{Examples, FitError};
use crate::features::Sparse;

/// How counts become weights.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `alpha` | 0.01 | smoothing added to every count | > 0 |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NaiveBayesParams {
    pub alpha: f64,
}

impl Default for NaiveBayesParams {
    fn default() -> Self {
        Self { alpha: 0.01 }
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
    /// Sums the vectors of each class; every class may be empty or alone.
    pub fn fit(examples: &Examples) -> Self {
        let Examples { vectors, targets, classes, width } = *examples;
        let mut counts = vec![0_f32; width * classes];
        let mut tickets = vec![0; classes];
        for (x, &class) in vectors.iter().zip(targets) {
            tickets[class] += 1;
            x.iter().for_each(|(column, value)| counts[column * classes + class] += value);
        }
        Self { counts, tickets }
    }

    /// The same sums, counted by linfa: one class at a time in dense blocks of rows, so memory stays
    /// bounded however many tickets there are.
    ///
    /// # Errors
    /// [`FitError`] if linfa refuses the input.
    pub fn fit_with_linfa(examples: &Examples) -> Result<Self, FitError> {
        let Examples { classes, width, .. } = *examples;
        let mut rows_of = vec![Vec::new(); classes];
        for (row, &class) in examples.targets.iter().enumerate() {
            rows_of[class].push(examples.vectors[row]);
        }
        let mut counts = vec![0_f32; width * classes];
        for (class, rows) in rows_of.iter().enumerate() {
            let columns = columns_of(rows);
            for (&column, count) in columns.iter().zip(sum_with_linfa(rows, &columns)?) {
                counts[usize::from(column) * classes + class] = count as f32;
            }
        }
        Ok(Self { counts, tickets: rows_of.iter().map(Vec::len).collect() })
    }

    /// These counts and those of other tickets, as if counted together.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        self.counts.iter_mut().zip(&others.counts).for_each(|(own, other)| *own += other);
        self.tickets.iter_mut().zip(&others.tickets).for_each(|(own, other)| *own += other);
        self
    }

    /// Weights, column-major: a class's own log-probability of a column against that of all others.
    ///
    /// The multinomial's log-probabilities (McCallum & Nigam 1998), as in linfa, minus the
    /// complement's (Rennie et al. 2003, "Tackling the Poor Assumptions of Naive Bayes", §3.1).
    pub fn odds(&self, params: &NaiveBayesParams) -> Vec<f32> {
        let (classes, alpha) = (self.tickets.len(), params.alpha);
        let mass = self.mass();
        let all: f64 = mass.iter().sum();
        let smoothing = alpha * (self.counts.len() / classes) as f64;
        let lengths: Vec<f64> =
            mass.iter().map(|m| ((all - m + smoothing) / (m + smoothing)).ln()).collect();
        let mut weights = Vec::with_capacity(self.counts.len());
        for row in self.counts.chunks_exact(classes) {
            let total: f64 = row.iter().map(|&count| f64::from(count)).sum();
            // Most classes have none of a word: one logarithm serves them all.
            let of_none = (alpha / (total + alpha)).ln();
            weights.extend(row.iter().zip(&lengths).map(|(&count, length)| {
                let count = f64::from(count);
                let odds = match count > 0.0 {
                    true => ((count + alpha) / ((total - count).max(0.0) + alpha)).ln(),
                    false => of_none,
                };
                (odds + length) as f32
            }));
        }
        weights
    }

    /// Log-probability of every column in every class, column-major, and of the classes: the plain
    /// multinomial model that every comparison starts from.
    pub fn multinomial(&self, alpha: f64) -> (Vec<f32>, Vec<f32>) {
        let classes = self.tickets.len();
        let smoothing = alpha * (self.counts.len() / classes) as f64;
        let lengths: Vec<f64> = self.mass().iter().map(|m| (m + smoothing).ln()).collect();
        let weight = |(at, &count): (usize, &f32)| {
            ((f64::from(count) + alpha).ln() - lengths[at % classes]) as f32
        };
        let all: usize = self.tickets.iter().sum();
        // A class without a ticket counts as half a ticket: unlikely, but not minus infinity.
        let share = |&n: &usize| ((n as f64).max(0.5) / all.max(1) as f64).ln() as f32;
        (
            self.tickets.iter().map(share).collect(),
            self.counts.iter().enumerate().map(weight).collect(),
        )
    }

    /// Summed weights of each class.
    fn mass(&self) -> Vec<f64> {
        let mut mass = vec![0_f64; self.tickets.len()];
        for row in self.counts.chunks_exact(mass.len()) {
            mass.iter_mut().zip(row).for_each(|(sum, &count)| *sum += f64::from(count));
        }
        mass
    }
}

/// The columns some rows use, ascending.
fn columns_of(rows: &[&Sparse]) -> Vec<u16> {
    let columns: BTreeSet<u16> = rows.iter().flat_map(|row| row.indices.iter().copied()).collect();
    columns.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use linfa::prelude::*;
    use linfa_bayes::{MultinomialNb, NaiveBayes};
    use ndarray::{Array1, Array2};

    use super::*;
    use crate::classifier::linfa_sums::in_silence;

    const WIDTH: usize = 256;

    /// Vectors with a few columns each, three classes; made by arithmetic, so the same every run.
    fn examples() -> (Vec<Sparse>, Vec<usize>) {
        let vector = |i: u16| {
            Sparse::new(vec![i % 7, 10 + i % 13, 40 + i % 50], &[0.5, 0.25 + f32::from(i % 3), 1.5])
        };
        ((0..60).map(vector).collect(), (0..60).map(|i| i * i % 7 % 3).collect())
    }

    fn fit(vectors: &[Sparse], targets: &[usize], classes: usize) -> ClassCounts {
        let vectors: Vec<&Sparse> = vectors.iter().collect();
        ClassCounts::fit(&Examples { vectors: &vectors, targets, classes, width: WIDTH })
    }

    fn score(weights: &[f32], classes: usize, class: usize, x: &Sparse) -> f64 {
        x.iter().map(|(c, v)| f64::from(v) * f64::from(weights[c * classes + class])).sum()
    }

    #[test]
    fn scores_are_the_joint_log_likelihood_of_linfa() {
        let (vectors, targets) = examples();
        let (priors, weights) = fit(&vectors, &targets, 3).multinomial(0.1);
        let mut dense = Array2::zeros((vectors.len(), WIDTH));
        for (mut row, x) in dense.rows_mut().into_iter().zip(&vectors) {
            x.iter().for_each(|(column, value)| row[column] = f64::from(value));
        }
        let all = Dataset::new(dense, Array1::from_vec(targets));
        let linfa = in_silence(|| MultinomialNb::params().alpha(0.1).fit(&all)).unwrap();
        let expected = linfa.joint_log_likelihood(all.records().view());
        for (row, x) in vectors.iter().enumerate() {
            for (class, prior) in priors.iter().enumerate() {
                let found = f64::from(*prior) + score(&weights, 3, class, x);
                let expected = expected[&class][row];
                assert!((found - expected).abs() < 1e-3, "{class}: {found} {expected}");
            }
        }
    }

    #[test]
    fn sparse_sums_are_those_of_linfa() {
        let (vectors, targets) = examples();
        let vectors: Vec<&Sparse> = vectors.iter().collect();
        let examples = Examples { vectors: &vectors, targets: &targets, classes: 4, width: WIDTH };
        let (own, linfa) =
            (ClassCounts::fit(&examples), ClassCounts::fit_with_linfa(&examples).unwrap());
        assert_eq!(own.tickets, linfa.tickets);
        assert!(own.counts.iter().zip(&linfa.counts).all(|(a, b)| (a - b).abs() < 1e-4));
    }

    #[test]
    fn odds_are_own_log_probability_minus_that_of_the_others() {
        // Class 0 has column 0 three times, class 1 column 1 once; 256 columns, alpha 1.
        let x = |column: u16, value: f32| Sparse::new(vec![column], &[value]);
        let weights =
            fit(&[x(0, 3.0), x(1, 1.0)], &[0, 1], 2).odds(&NaiveBayesParams { alpha: 1.0 });
        // By hand: own 4/259 and 1/257, others 1/257 and 4/259, each class the other's complement.
        let own = (4.0_f32 / 259.0).ln() - (1.0_f32 / 257.0).ln();
        assert!((weights[0] - own).abs() < 1e-4 && (weights[1] + own).abs() < 1e-4, "{own}");
    }

    #[test]
    fn counts_of_two_parts_add_up() {
        let (vectors, targets) = examples();
        let whole = fit(&vectors, &targets, 3);
        let parts =
            fit(&vectors[..20], &targets[..20], 3).and(&fit(&vectors[20..], &targets[20..], 3));
        assert_eq!(whole.tickets, parts.tickets);
        assert!(whole.counts.iter().zip(&parts.counts).all(|(a, b)| (a - b).abs() < 1e-4));
    }

    #[test]
    fn a_class_without_tickets_gets_finite_weights() {
        let (vectors, targets) = examples();
        let counts = fit(&vectors, &targets, 4);
        let odds = counts.odds(&NaiveBayesParams::default());
        let (priors, weights) = counts.multinomial(1.0);
        assert!(odds.iter().chain(&priors).chain(&weights).all(|w| w.is_finite()));
        assert!(priors[3] < priors[0]);
    }
}

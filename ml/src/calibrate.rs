//! Honest confidence: probabilities that mean what they say, and a threshold to abstain below.
//!
//! Both are learned on tickets the classifier did not see. Temperature scaling (Guo et al. 2017, "On
//! Calibration of Modern Neural Networks", §4.2) divides all scores by one number, so it never changes
//! which label comes first. It is fitted to whether the *first* label is right, because that is the
//! probability people are shown: with many labels the likelihood of the true one is dominated by the
//! tail, and its temperature is up to a tenth too cold or too warm for the first. What a temperature
//! cannot mend, labels people gave by chance, is added as noise.

mod threshold;

use serde::{Deserialize, Serialize};

use crate::classifier::softmax;

pub use threshold::{THRESHOLD_MIN, threshold};

/// Fewest held-back tickets a temperature or a threshold is learned from.
pub const HELD_BACK_MIN: usize = 20;

/// Sharpnesses tried: powers of this factor, from 1/90 to 22, then tenths of a step.
const STEP: f64 = 1.25;
const STEPS: std::ops::RangeInclusive<i32> = -20..=14;
const NOISES: [f64; 7] = [0.0, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2];

/// How scores become probabilities: `(1 − noise) · softmax(scores · sharpness)`, plus `noise` spread
/// evenly over all labels.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `sharpness` | 1 | 1 / temperature | > 0 |
/// | `noise` | 0 | share of tickets whose label says nothing | 0..1 |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    pub sharpness: f64,
    pub noise: f64,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { sharpness: 1.0, noise: 0.0 }
    }
}

/// A held-back ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// One score a class.
    pub scores: Vec<f64>,
    /// `None` for a label the classifier does not know; such tickets are left out.
    pub target: Option<usize>,
}

impl Calibration {
    /// Probabilities of the scores of one ticket; they sum to 1.
    pub fn probabilities(&self, scores: &[f64]) -> Vec<f64> {
        let mut p = softmax(scores, self.sharpness);
        let even = self.noise / p.len() as f64;
        p.iter_mut().for_each(|p| *p = *p * (1.0 - self.noise) + even);
        p
    }

    /// Before anything is learned: scores as they are, and the least noise these tickets allow.
    ///
    /// However many right answers in a row promise no certainty; the rule of succession (Laplace
    /// 1814) leaves 1 / (tickets + 2) for the surprise. Without it a desk whose few held-back
    /// tickets are all easy would get probabilities of 1.
    pub fn cautious(held_back: &[Scored]) -> Self {
        let known = held_back.iter().filter(|s| s.target.is_some()).count();
        Self { noise: 1.0 / (known as f64 + 2.0), ..Self::default() }
    }

    /// The calibration under which it is most likely that the first labels are right where they are:
    /// the binary log loss of the first label. With fewer than [`HELD_BACK_MIN`] known targets, the
    /// cautious one.
    pub fn fit(held_back: &[Scored]) -> Self {
        let known: Vec<_> = held_back.iter().filter_map(|s| Some((s, s.target?))).collect();
        let cautious = Self::cautious(held_back);
        if known.len() < HELD_BACK_MIN {
            return cautious;
        }
        let coarse = STEPS.map(|n| STEP.powi(n));
        let found = best(&known, coarse, cautious.noise);
        let fine = (-10..=10).map(|n| found.sharpness * STEP.powf(f64::from(n) / 10.0));
        best(&known, fine, cautious.noise)
    }
}

fn best(
    known: &[(&Scored, usize)],
    sharpnesses: impl Iterator<Item = f64>,
    noise_min: f64,
) -> Calibration {
    let mut best = (f64::INFINITY, Calibration::default());
    for sharpness in sharpnesses {
        // The probability of the first label, and whether it is right.
        let first = |&(ticket, target): &(&Scored, usize)| {
            let p = softmax(&ticket.scores, sharpness);
            let top = (0..p.len()).max_by(|&a, &b| p[a].total_cmp(&p[b])).unwrap_or_default();
            (p[top], top == target, p.len() as f64)
        };
        let firsts: Vec<_> = known.iter().map(first).collect();
        for noise in NOISES.map(|more| noise_min + more) {
            let nats = |&(p, is_right, classes): &(f64, bool, f64)| {
                let p = p * (1.0 - noise) + noise / classes;
                -(if is_right { p } else { 1.0 - p }).max(1e-9).ln()
            };
            let loss: f64 = firsts.iter().map(nats).sum();
            if loss < best.0 - 1e-9 {
                best = (loss, Calibration { sharpness, noise });
            }
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3 of 4 tickets belong to class 0, and all have the same two scores.
    fn three_in_four(gap: f64) -> Vec<Scored> {
        let target = |i: usize| Some(usize::from(i.is_multiple_of(4)));
        (0..400).map(|i| Scored { scores: vec![gap, 0.0], target: target(i) }).collect()
    }

    #[test]
    fn scores_are_sharpened_or_softened_to_the_observed_share() {
        for gap in [0.6, 1.0, 2.0] {
            let p = Calibration::fit(&three_in_four(gap)).probabilities(&[gap, 0.0]);
            assert!((p[0] - 0.75).abs() < 0.005, "{gap} {p:?}");
        }
    }

    #[test]
    fn noise_is_spread_over_all_labels() {
        let calibration = Calibration { noise: 0.2, ..Calibration::default() };
        // 0.8 · (1, 0) + 0.1.
        let p = calibration.probabilities(&[900.0, 0.0]);
        assert!((p[0] - 0.9).abs() < 1e-12 && (p[1] - 0.1).abs() < 1e-12, "{p:?}");
    }

    #[test]
    fn unknown_labels_do_not_count() {
        let mut held_back = three_in_four(1.5);
        let before = Calibration::fit(&held_back);
        held_back.push(Scored { scores: vec![99.0, 0.0], target: None });
        assert_eq!(Calibration::fit(&held_back), before);
    }

    #[test]
    fn few_tickets_leave_the_scores_alone() {
        assert_eq!(Calibration::fit(&three_in_four(9.0)[..3]).sharpness, 1.0);
        assert_eq!(Calibration::fit(&[]).sharpness, 1.0);
    }

    #[test]
    fn a_row_of_right_answers_promises_no_certainty() {
        let ticket = Scored { scores: vec![9.0, 0.0], target: Some(0) };
        let p = Calibration::fit(&vec![ticket; 48]).probabilities(&[9.0, 0.0]);
        // Noise 1/50, half of which falls on the label itself.
        assert!(p[0] <= 0.99 + 1e-6 && p[0] > 0.98, "{p:?}");
    }
}

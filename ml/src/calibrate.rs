//! Honest confidence: probabilities that mean what they say, and a threshold to abstain below.
//!
//! Both are learned on tickets the classifier did not see. The core is temperature scaling (Guo et
//! al. 2017, "On Calibration of Modern Neural Networks", §4.2): one number divides all scores, so
//! it never changes which label comes first. Two things one temperature cannot mend are added:
//! naive Bayes grows surer with every word, and labels people gave are sometimes wrong.

mod threshold;

use serde::{Deserialize, Serialize};

use crate::classifier::softmax;

pub use threshold::{THRESHOLD_MIN, threshold};

/// Fewest held-back tickets a temperature or a threshold is learned from.
pub const HELD_BACK_MIN: usize = 20;

/// Natural logarithms of the sharpnesses tried; temperatures from 1/150 to 150.
const LOG_SHARPNESS: (f64, f64) = (-5.0, 5.0);
const LENGTH_POWERS: [f64; 4] = [0.25, 0.5, 0.75, 1.0];
const NOISES: [f64; 5] = [0.01, 0.03, 0.06, 0.12, 0.25];

/// How scores become probabilities: `(1 − noise) · softmax(scores · sharpness / length^power)`,
/// plus `noise` spread evenly over all labels.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `sharpness` | 1 | 1 / temperature | > 0 |
/// | `length_power` | 0 | how much a longer ticket needs a higher temperature | 0..=1 |
/// | `noise` | 0 | share of tickets whose label says nothing | 0..1 |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    pub sharpness: f64,
    pub length_power: f64,
    pub noise: f64,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { sharpness: 1.0, length_power: 0.0, noise: 0.0 }
    }
}

/// A held-back ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// One score a class.
    pub scores: Vec<f64>,
    /// Sum of the ticket's features, which grows with its length.
    pub length: f64,
    /// `None` for a label the classifier does not know; such tickets are left out.
    pub target: Option<usize>,
}

impl Calibration {
    /// Probabilities of the scores of one ticket; they sum to 1.
    pub fn probabilities(&self, scores: &[f64], length: f64) -> Vec<f64> {
        let mut p = softmax(scores, self.sharpness / length.powf(self.length_power));
        let even = self.noise / p.len() as f64;
        p.iter_mut().for_each(|p| *p = *p * (1.0 - self.noise) + even);
        p
    }

    /// Mean negative log-likelihood of the known targets, in nats; 0 without any.
    pub fn loss(&self, held_back: &[Scored]) -> f64 {
        let known = held_back.iter().filter_map(|s| Some((s, s.target?)));
        let (mut nats, mut count) = (0.0, 0_usize);
        for (ticket, target) in known {
            let p = self.probabilities(&ticket.scores, ticket.length)[target];
            // Not below e^-30, so one hopeless ticket does not decide alone.
            nats -= p.max(1e-13).ln();
            count += 1;
        }
        nats / count.max(1) as f64
    }

    /// The temperature under which the targets are most likely, nothing else changed.
    ///
    /// With fewer than [`HELD_BACK_MIN`] known targets this is `self`.
    #[must_use]
    pub fn with_best_sharpness(self, held_back: &[Scored]) -> Self {
        if held_back.iter().filter(|s| s.target.is_some()).count() < HELD_BACK_MIN {
            return self;
        }
        let at = |log: f64| Self { sharpness: log.exp(), ..self };
        let (mut low, mut high) = LOG_SHARPNESS;
        // The loss has one valley (without noise it is convex), and thirds close in on it.
        while high - low > 5e-3 {
            let third = (high - low) / 3.0;
            if at(low + third).loss(held_back) <= at(high - third).loss(held_back) {
                high -= third;
            } else {
                low += third;
            }
        }
        at((low + high) / 2.0)
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

    /// The calibration under which the targets are most likely: temperature, then what length does,
    /// then noise above the cautious, each with the temperature that suits it.
    pub fn fit(held_back: &[Scored]) -> Self {
        let start = Self::cautious(held_back).with_best_sharpness(held_back);
        let lengths = LENGTH_POWERS.map(|length_power| Self { length_power, ..start });
        let with_length = best(start, &lengths, held_back);
        let noises = NOISES.map(|more| Self { noise: start.noise + more, ..with_length });
        best(with_length, &noises, held_back)
    }
}

/// The best of the others if it gains anything to speak of, else `start`, which is simpler.
fn best(start: Calibration, others: &[Calibration], held_back: &[Scored]) -> Calibration {
    const GAIN_MIN: f64 = 1e-4;
    let others = others.iter().map(|other| other.with_best_sharpness(held_back));
    let by_loss = others.map(|c| (c.loss(held_back), c)).min_by(|a, b| a.0.total_cmp(&b.0));
    match by_loss {
        Some((loss, best)) if loss + GAIN_MIN < start.loss(held_back) => best,
        _ => start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3 of 4 tickets belong to class 0, and all have the same two scores.
    fn three_in_four(gap: f64, length: f64) -> Vec<Scored> {
        let target = |i: usize| Some(usize::from(i.is_multiple_of(4)));
        (0..40).map(|i| Scored { scores: vec![gap, 0.0], length, target: target(i) }).collect()
    }

    #[test]
    fn overconfident_scores_are_softened_to_the_observed_share() {
        for gap in [0.2, 1.0, 30.0] {
            let found = Calibration::default().with_best_sharpness(&three_in_four(gap, 1.0));
            // The likeliest probability of class 0 is its share, 3/4, so gap·sharpness = ln 3.
            assert!((gap * found.sharpness - 3_f64.ln()).abs() < 0.01, "{gap} {found:?}");
        }
    }

    #[test]
    fn longer_tickets_get_a_higher_temperature_where_they_need_it() {
        // Scores grow with the length but the share of right ones does not: power 1 mends it.
        let held_back = [three_in_four(2.0, 2.0), three_in_four(8.0, 8.0)].concat();
        let found = Calibration::fit(&held_back);
        assert_eq!(found.length_power, 1.0);
        let p = found.probabilities(&[8.0, 0.0], 8.0);
        assert!((p[0] - 0.75).abs() < 0.01, "{p:?}");
    }

    #[test]
    fn noise_is_spread_over_all_labels() {
        let calibration = Calibration { noise: 0.2, ..Calibration::default() };
        // 0.8 · (1, 0) + 0.1.
        let p = calibration.probabilities(&[900.0, 0.0], 1.0);
        assert!((p[0] - 0.9).abs() < 1e-12 && (p[1] - 0.1).abs() < 1e-12, "{p:?}");
    }

    #[test]
    fn unknown_labels_do_not_count() {
        let mut held_back = three_in_four(5.0, 1.0);
        let before = Calibration::fit(&held_back);
        held_back.push(Scored { scores: vec![99.0, 0.0], length: 1.0, target: None });
        assert_eq!(Calibration::fit(&held_back), before);
    }

    #[test]
    fn few_tickets_leave_the_scores_alone() {
        assert_eq!(Calibration::fit(&three_in_four(9.0, 1.0)[..3]).sharpness, 1.0);
        assert_eq!(Calibration::fit(&[]).sharpness, 1.0);
    }

    #[test]
    fn a_row_of_right_answers_promises_no_certainty() {
        let ticket = Scored { scores: vec![5.0, 0.0], length: 1.0, target: Some(0) };
        let found = Calibration::fit(&vec![ticket; 48]);
        // Noise 1/50, half of which falls on the label itself.
        let p = found.probabilities(&[5.0, 0.0], 1.0);
        assert!((p[0] - 0.99).abs() < 1e-6, "{p:?}");
    }
}

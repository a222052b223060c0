//! How good suggestions are, measured on tickets whose labels people gave.

mod kappa;
mod ranking;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use kappa::{priority_rank, quadratic_weighted_kappa};
pub use ranking::{auroc, average_precision};

/// One ticket with a known label and what the model said about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The label a person gave, in the file's own words.
    pub truth: String,
    /// False if the model never learned this label; it can then only be wrong.
    pub is_known: bool,
    /// Labels from best to worst, the suggested one first.
    pub ranked: Vec<String>,
    /// Probability of the first label.
    pub probability: f64,
    pub abstained: bool,
}

impl Outcome {
    /// Whether the first label is the true one, abstained or not.
    pub fn is_right(&self) -> bool {
        self.is_known && self.ranked.first() == Some(&self.truth)
    }
}

/// Figures over a set of outcomes; shares are in 0..=1.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Metrics {
    pub tickets: usize,
    /// Tickets whose label the model never learned.
    pub unknown: usize,
    /// First label right, of all tickets, abstained or not; an unknown label is wrong.
    pub accuracy: f64,
    /// The same among tickets whose label the model knows.
    pub accuracy_known: f64,
    /// F1 of every known label in the truth, each counting alike.
    pub macro_f1: f64,
    /// True label among the first three, of all tickets.
    pub top3: f64,
    /// Expected calibration error in ten even bins, of the known labels (Naeini et al. 2015).
    pub ece: f64,
    /// Share of tickets the model decides, that is, does not abstain from.
    pub coverage: f64,
    /// Share of the decided that are right; `None` if it decides nothing.
    pub precision: Option<f64>,
    /// Share of the unknown labels it abstains from; `None` without unknown labels.
    pub abstained_unknown: Option<f64>,
    /// How well low confidence tells unknown labels from known ones; `None` without unknown labels.
    #[serde(default)]
    pub auroc_unknown: Option<f64>,
    /// Quadratic-weighted kappa; `None` unless all labels stand in one known order of priorities.
    pub kappa: Option<f64>,
    pub classes: Vec<ClassMetrics>,
}

/// Figures of one label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassMetrics {
    pub label: String,
    /// Tickets a person gave this label.
    pub tickets: usize,
    /// Tickets whose first label this is.
    pub suggested: usize,
    /// 0 if it was never suggested.
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
}

/// Measures all figures; an empty slice gives zeros.
pub fn metrics(outcomes: &[Outcome]) -> Metrics {
    let known: Vec<_> = outcomes.iter().filter(|o| o.is_known).collect();
    let right = outcomes.iter().filter(|o| o.is_right()).count();
    let decided: Vec<_> = outcomes.iter().filter(|o| !o.abstained).collect();
    let right_decided = decided.iter().filter(|o| o.is_right()).count();
    let unknown = outcomes.len() - known.len();
    let unknown_abstained = outcomes.iter().filter(|o| !o.is_known && o.abstained).count();
    let in_top3 = known.iter().filter(|o| o.ranked.iter().take(3).any(|l| *l == o.truth)).count();
    let classes = class_metrics(&known);
    Metrics {
        tickets: outcomes.len(),
        unknown,
        accuracy: share(right, outcomes.len()),
        accuracy_known: share(right, known.len()),
        macro_f1: classes.iter().map(|c| c.f1).sum::<f64>() / classes.len().max(1) as f64,
        top3: share(in_top3, outcomes.len()),
        ece: ece(known.iter().map(|o| (o.probability, o.is_right()))),
        coverage: share(decided.len(), outcomes.len()),
        precision: (!decided.is_empty()).then(|| share(right_decided, decided.len())),
        abstained_unknown: (unknown > 0).then(|| share(unknown_abstained, unknown)),
        auroc_unknown: auroc(
            &outcomes.iter().map(|o| (-o.probability, !o.is_known)).collect::<Vec<_>>(),
        ),
        kappa: quadratic_weighted_kappa(
            known.iter().filter_map(|o| Some((o.truth.as_str(), o.ranked.first()?.as_str()))),
        ),
        classes,
    }
}

/// Expected calibration error: the mean distance of probability and share of right answers over
/// ten even bins, weighted by their size.
pub fn ece(decisions: impl IntoIterator<Item = (f64, bool)>) -> f64 {
    let mut distance = [0_f64; 10];
    let mut total = 0_usize;
    for (probability, is_right) in decisions {
        let bin = ((probability * 10.0) as usize).min(9);
        distance[bin] += f64::from(u8::from(is_right)) - probability;
        total += 1;
    }
    distance.iter().map(|d| d.abs()).sum::<f64>() / total.max(1) as f64
}

fn class_metrics(known: &[&Outcome]) -> Vec<ClassMetrics> {
    let mut counts = BTreeMap::<&str, [usize; 3]>::new();
    for outcome in known {
        counts.entry(&outcome.truth).or_default()[0] += 1;
        if outcome.is_right() {
            counts.entry(&outcome.truth).or_default()[2] += 1;
        }
    }
    let labels: BTreeSet<&str> = counts.keys().copied().collect();
    for first in known.iter().filter_map(|o| o.ranked.first()) {
        // Labels nobody gave in this set have no recall and would only dilute the mean.
        if labels.contains(first.as_str()) {
            counts.entry(first).or_default()[1] += 1;
        }
    }
    let class = |(label, [tickets, suggested, right]): (&str, [usize; 3])| ClassMetrics {
        label: label.to_owned(),
        tickets,
        suggested,
        precision: share(right, suggested),
        recall: share(right, tickets),
        f1: share(2 * right, tickets + suggested),
    };
    counts.into_iter().map(class).collect()
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(truth: &str, ranked: [&str; 3], probability: f64, abstained: bool) -> Outcome {
        let is_known = truth != "new";
        let ranked = ranked.map(str::to_owned).to_vec();
        Outcome { truth: truth.into(), is_known, ranked, probability, abstained }
    }

    #[test]
    fn figures_of_a_small_set() {
        let m = metrics(&[
            outcome("a", ["a", "b", "c"], 0.9, false),
            outcome("a", ["b", "a", "c"], 0.9, false),
            outcome("b", ["b", "c", "a"], 0.4, true),
            outcome("new", ["a", "b", "c"], 0.2, true),
        ]);
        assert_eq!((m.tickets, m.unknown), (4, 1));
        // By hand: right are 1 and 3, of 4 tickets, 3 of them known.
        assert_eq!((m.accuracy, m.accuracy_known, m.top3), (0.5, 2.0 / 3.0, 0.75));
        // a: P 1/1, R 1/2; b: P 1/2, R 1/1; both F1 = 2/3.
        assert!((m.macro_f1 - 2.0 / 3.0).abs() < 1e-12);
        // Bin 0.9: |1 − 1.8| = 0.8; bin 0.4: |1 − 0.4| = 0.6; over 3 tickets.
        assert!((m.ece - 1.4 / 3.0).abs() < 1e-12, "{}", m.ece);
        assert_eq!((m.coverage, m.precision, m.abstained_unknown), (0.5, Some(0.5), Some(1.0)));
        assert_eq!(m.kappa, None);
    }

    #[test]
    fn nothing_measured_is_zero() {
        let m = metrics(&[]);
        assert_eq!((m.accuracy, m.ece, m.macro_f1, m.precision), (0.0, 0.0, 0.0, None));
    }

    #[test]
    fn a_certain_answer_falls_in_the_last_bin() {
        assert_eq!(ece([(1.0, true), (1.0, true)]), 0.0);
        assert_eq!(ece([(1.0, false)]), 1.0);
    }
}

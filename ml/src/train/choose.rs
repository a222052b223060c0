//! What the held-back tickets decide about confidence.

use rayon::prelude::*;

use super::{Rows, TrainConfig};
use crate::calibrate::{Calibration, Scored, threshold};
use crate::classifier::{Classifier, Linear};
use crate::dataset::Example;
use crate::evaluate::Outcome;

/// Calibration and threshold, with what they were learned from.
pub(crate) struct Choice {
    pub calibration: Calibration,
    /// `None` if no threshold reaches the target precision.
    pub threshold: Option<f64>,
    scored: Vec<Scored>,
}

/// Calibrates a classifier that has not seen the held-back tickets.
pub(super) fn choose(rows: &Rows, classifier: &Linear, config: &TrainConfig) -> Choice {
    let mut is_learned = vec![false; classifier.classes()];
    rows.targets[..rows.kept].iter().flatten().for_each(|&target| is_learned[target] = true);
    let score = |at: usize| Scored {
        scores: classifier.log_scores(&rows.vectors[at]),
        // A label that only held-back tickets have was not learned here.
        target: rows.targets[at].filter(|&target| is_learned[target]),
    };
    let scored = (rows.kept..rows.targets.len()).into_par_iter().map(score).collect();
    Choice::of(scored, config)
}

impl Choice {
    /// Calibration and threshold by scores of tickets that whatever gave them has not seen.
    pub fn of(scored: Vec<Scored>, config: &TrainConfig) -> Self {
        let calibration = Calibration::fit(&scored);
        let decided = |ticket: &Scored| {
            let (label, probability) = rank(&calibration.probabilities(&ticket.scores))[0];
            (probability, ticket.target == Some(label))
        };
        let decisions: Vec<_> = scored.iter().map(decided).collect();
        let threshold = threshold(&decisions, config.target_precision);
        Self { calibration, threshold, scored }
    }

    /// What was said about each of the tickets, by the ticket's id.
    pub fn outcomes(
        &self,
        examples: &[&Example],
        labels: &[String],
        config: &TrainConfig,
    ) -> Vec<(String, Outcome)> {
        let limit = self.threshold.unwrap_or(config.target_precision);
        let outcome = |(ticket, example): (&Scored, &&Example)| {
            let ranked = rank(&self.calibration.probabilities(&ticket.scores));
            let outcome = Outcome {
                truth: example.label.clone().unwrap_or_default(),
                is_known: ticket.target.is_some(),
                probability: ranked[0].1,
                abstained: ranked[0].1 < limit,
                ranked: ranked.iter().take(3).map(|(class, _)| labels[*class].clone()).collect(),
            };
            (example.id.clone(), outcome)
        };
        self.scored.iter().zip(examples).map(outcome).collect()
    }
}

fn rank(probabilities: &[f64]) -> Vec<(usize, f64)> {
    let mut ranked: Vec<_> = probabilities.iter().copied().enumerate().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked
}

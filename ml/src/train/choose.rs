//! Choices made on the held-back tickets.

use super::{Row, TrainConfig, fit};
use crate::calibrate::{Calibration, HELD_BACK_MIN, Scored, threshold};
use crate::classifier::{Classifier, FitError, Likelihood, NaiveBayesParams};
use crate::dataset::LabelKind;
use crate::evaluate::Outcome;
use crate::features::Sparse;

/// Smoothings tried, per column and class, on vectors of length 1.
const ALPHAS: [f64; 5] = [0.01, 0.03, 0.1, 0.3, 1.0];

/// What the held-back tickets decided.
pub(super) struct Choice {
    pub params: NaiveBayesParams,
    pub calibration: Calibration,
    /// `None` if no threshold reaches the target precision.
    pub threshold: Option<f64>,
}

/// Fits on the tickets not held back and takes the parameters under which the others are most
/// likely, after temperature scaling.
pub(super) fn choose(
    rows: &[Row],
    held_back: &[bool],
    labels: &[String],
    config: &TrainConfig,
) -> Result<(Choice, Vec<(String, Outcome)>), FitError> {
    let (held, kept): (Vec<_>, Vec<_>) = rows.iter().zip(held_back).partition(|(_, held)| **held);
    let held: Vec<&Row> = held.into_iter().map(|(row, _)| row).collect();
    let kept: Vec<&Row> = kept.into_iter().map(|(row, _)| row).collect();
    let (idf, counts) = fit(&kept, labels.len(), &config.features)?;
    let vectors: Vec<Sparse> = held.iter().map(|r| idf.transform(&r.counts)).collect();
    // A label that only held-back tickets have was not learned here.
    let is_learned = |target: &usize| kept.iter().any(|r| r.target == Some(*target));
    let targets: Vec<_> = held.iter().map(|r| r.target.filter(is_learned)).collect();
    let scored = |params: NaiveBayesParams| -> (f64, NaiveBayesParams, Vec<Scored>) {
        let classifier = counts.classifier(&params);
        let score = |(x, &target): (&Sparse, &Option<usize>)| Scored {
            scores: classifier.log_scores(x),
            length: x.length(),
            target,
        };
        let scored: Vec<_> = vectors.iter().zip(&targets).map(score).collect();
        let calibration = Calibration::cautious(&scored).with_best_sharpness(&scored);
        (calibration.loss(&scored), params, scored)
    };
    let best = candidates(config.label_kind, targets.iter().flatten().count())
        .map(scored)
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .expect("there is always a candidate");
    let (_, params, scored) = best;
    let calibration = Calibration::fit(&scored);
    let ranked: Vec<Vec<(usize, f64)>> =
        scored.iter().map(|s| rank(&calibration.probabilities(&s.scores, s.length))).collect();
    let decisions: Vec<_> =
        ranked.iter().zip(&targets).map(|(r, t)| (r[0].1, Some(r[0].0) == *t)).collect();
    let threshold = threshold(&decisions, config.target_precision);
    let limit = threshold.unwrap_or(config.target_precision);
    let outcome = |((row, target), ranked): ((&&Row, &Option<usize>), Vec<(usize, f64)>)| Outcome {
        truth: row.example.label.clone().unwrap_or_default(),
        is_known: target.is_some(),
        probability: ranked[0].1,
        abstained: ranked[0].1 < limit,
        ranked: ranked.into_iter().take(3).map(|(class, _)| labels[class].clone()).collect(),
    };
    let outcomes = held.iter().zip(&targets).zip(ranked).map(outcome);
    let ids = held.iter().map(|row| row.example.id.clone());
    Ok((Choice { params, calibration, threshold }, ids.zip(outcomes).collect()))
}

fn candidates(kind: LabelKind, known: usize) -> impl Iterator<Item = NaiveBayesParams> {
    let grid = priors(kind).iter().flat_map(|&prior| {
        ALPHAS.map(|alpha| NaiveBayesParams { likelihood: Likelihood::Odds, alpha, prior })
    });
    let enough = known >= HELD_BACK_MIN;
    let default = (!enough).then(NaiveBayesParams::default);
    default.into_iter().chain(grid.filter(move |_| enough))
}

/// Powers of the labels' shares tried: 0 takes all labels for equally likely.
///
/// The shares of categories drift from month to month, so their full weight is not tried: it won
/// on firefox-2020's held-back tickets and lost a point of accuracy on the two months after them.
fn priors(kind: LabelKind) -> &'static [f64] {
    match kind {
        LabelKind::Category => &[0.0, 0.3],
        LabelKind::Priority => &[0.0, 0.3, 1.0],
    }
}

fn rank(probabilities: &[f64]) -> Vec<(usize, f64)> {
    let mut ranked: Vec<_> = probabilities.iter().copied().enumerate().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked
}

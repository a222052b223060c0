//! Both learners: fitted on the kept tickets, and later on all.

use rayon::prelude::*;

use super::{Rows, TrainConfig};
use crate::artifact::Kind;
use crate::calibrate::HELD_BACK_MIN;
use crate::classifier::{
    Blend, BothScores, ClassCounts, Examples, FitError, GoesOn, Linear, NaiveBayesParams, Softmax,
    SoftmaxParams, weighted_sums,
};
use crate::dataset::LabelKind;
use crate::features::Sparse;

/// Inverse regularisations tried. Short questions with clean labels want 16 to 64, long tickets with
/// labels people disagree about 1 to 4; 250 was worse on every set tried.
const CS: [f32; 4] = [1.0, 4.0, 16.0, 64.0];
/// Smoothings tried, per column and class, on vectors of length 1.
const ALPHAS: [f64; 4] = [0.003, 0.01, 0.03, 0.1];
/// Kept tickets `c` is chosen on; with more, the choice would take longer than the fit.
const CHOOSE_ROWS: usize = 12_000;
/// [`SoftmaxParams::balance`] of priorities.
const PRIORITY_BALANCE: f32 = 0.7;
/// Smoothing of the model that everything is compared with (Laplace 1814).
const PLAIN_ALPHA: f64 = 1.0;

/// What was learned from the kept tickets, and the settings chosen on the held-back ones.
pub(super) struct Learners {
    pub kind: Kind,
    counts: ClassCounts,
    /// `None` where naive Bayes works alone.
    softmax: Option<(Softmax, SoftmaxParams)>,
}

impl Learners {
    /// Fits on the kept tickets; settings are those under which the held-back ones are most likely,
    /// or the defaults with fewer than [`HELD_BACK_MIN`] of these. Where `goes_on` says no, what comes back
    /// means nothing.
    pub fn fit(
        rows: &Rows,
        classes: usize,
        config: &TrainConfig,
        goes_on: GoesOn,
    ) -> Result<Self, FitError> {
        let kept = Part::learned(rows, rows.kept);
        let examples = kept.examples(rows, classes);
        if config.features.plain {
            let counts = ClassCounts::fit_with_linfa(&examples)?;
            let kind = Kind::NaiveBayes { alpha: PLAIN_ALPHA };
            return Ok(Self { kind, counts, softmax: None });
        }
        let counts = ClassCounts::fit(&examples);
        let held = Part::of(rows, rows.kept..rows.targets.len());
        let (softmax, params) = if held.targets.len() < HELD_BACK_MIN {
            let params = params(config, SoftmaxParams::default().c);
            (Softmax::fit_while(&examples, &params, goes_on), params)
        } else {
            choose_c(rows, &kept, &held, classes, config, goes_on)
        };
        let (blend, alpha) = choose_blend(&softmax, &counts, &held);
        let kind = Kind::Blend { blend, c: params.c, alpha };
        Ok(Self { kind, counts, softmax: Some((softmax, params)) })
    }

    /// The classifier that what was learned so far makes.
    pub fn linear(&self) -> Linear {
        match (self.kind, &self.softmax) {
            (Kind::Blend { blend, alpha, .. }, Some((softmax, _))) => {
                let (bias, weights) = softmax.weights();
                blend.linear(&bias, &weights, &self.counts.odds(&NaiveBayesParams { alpha }))
            }
            _ => {
                let (bias, weights) = self.counts.multinomial(PLAIN_ALPHA);
                Linear::new(bias, &weights)
            }
        }
    }

    /// Learns the held-back tickets too; `goes_on` as in [`Learners::fit`].
    pub fn learn_held_back(
        self,
        rows: &Rows,
        classes: usize,
        goes_on: GoesOn,
    ) -> Result<Self, FitError> {
        let held = Part::of(rows, rows.kept..rows.targets.len());
        let examples = held.examples(rows, classes);
        let newer = match self.softmax {
            Some(_) => ClassCounts::fit(&examples),
            None => ClassCounts::fit_with_linfa(&examples)?,
        };
        let counts = self.counts.and(&newer);
        let all = Part::learned(rows, rows.targets.len());
        let learn_on = |(softmax, params): (Softmax, SoftmaxParams)| {
            (softmax.refit_while(&all.examples(rows, classes), &params, goes_on), params)
        };
        Ok(Self { counts, softmax: self.softmax.map(learn_on), ..self })
    }
}

/// Tickets of a part, without those of no category.
struct Part<'a> {
    vectors: Vec<&'a Sparse>,
    targets: Vec<usize>,
}

impl<'a> Part<'a> {
    /// The labels' names, then the first tickets.
    fn learned(rows: &'a Rows, tickets: usize) -> Self {
        let Self { vectors, targets } = Self::of(rows, 0..tickets);
        let named = rows.names.iter().enumerate().filter(|(_, name)| !name.is_empty());
        let (mut with_names, mut classes): (Vec<&Sparse>, Vec<usize>) =
            named.map(|(class, name)| (name, class)).unzip();
        with_names.extend(vectors);
        classes.extend(targets);
        Self { vectors: with_names, targets: classes }
    }

    fn of(rows: &'a Rows, range: std::ops::Range<usize>) -> Self {
        let learned = range.filter_map(|at| Some((&rows.vectors[at], rows.targets[at]?)));
        let (vectors, targets) = learned.unzip();
        Self { vectors, targets }
    }

    /// Every `nth` ticket: all times and labels in their proportions.
    fn every(&self, nth: usize) -> Self {
        Self {
            vectors: self.vectors.iter().copied().step_by(nth.max(1)).collect(),
            targets: self.targets.iter().copied().step_by(nth.max(1)).collect(),
        }
    }

    fn examples(&self, rows: &Rows, classes: usize) -> Examples<'_> {
        Examples { vectors: &self.vectors, targets: &self.targets, classes, width: rows.width }
    }

    /// What both learners say about these tickets.
    fn scores(&self, softmax: &Softmax, naive_bayes: &[f32]) -> Vec<BothScores> {
        let (bias, weights) = softmax.weights();
        let none = vec![0.0; bias.len()];
        let both = |(x, &target): (&&Sparse, &usize)| BothScores {
            softmax: weighted_sums(&bias, &weights, x),
            naive_bayes: weighted_sums(&none, naive_bayes, x),
            target,
        };
        self.vectors.par_iter().zip(&self.targets).map(both).collect()
    }
}

/// Priorities are asked for to find the few urgent tickets, which therefore count nearly as much as all
/// others together.
fn params(config: &TrainConfig, c: f32) -> SoftmaxParams {
    let balance = match config.label_kind {
        LabelKind::Category => SoftmaxParams::default().balance,
        LabelKind::Priority => PRIORITY_BALANCE,
    };
    SoftmaxParams { c, balance, seed: config.seed }
}

fn choose_c(
    rows: &Rows,
    kept: &Part,
    held: &Part,
    classes: usize,
    config: &TrainConfig,
    goes_on: GoesOn,
) -> (Softmax, SoftmaxParams) {
    let sample = kept.every(kept.targets.len().div_ceil(CHOOSE_ROWS));
    let examples = sample.examples(rows, classes);
    let odds = ClassCounts::fit(&examples).odds(&NaiveBayesParams::default());
    let fitted = CS.par_iter().map(|&c| {
        let params = params(config, c);
        let softmax = Softmax::fit_while(&examples, &params, goes_on);
        let scores = held.scores(&softmax, &odds);
        (Blend::fit(&scores).loss(&scores), softmax, params)
    });
    let fitted: Vec<_> = fitted.collect();
    let best = fitted.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
    let (_, softmax, params) = best.expect("several are tried");
    if sample.targets.len() == kept.targets.len() {
        return (softmax, params);
    }
    (Softmax::fit_while(&kept.examples(rows, classes), &params, goes_on), params)
}

fn choose_blend(softmax: &Softmax, counts: &ClassCounts, held: &Part) -> (Blend, f64) {
    if held.targets.len() < HELD_BACK_MIN {
        return (Blend::default(), NaiveBayesParams::default().alpha);
    }
    let blended = ALPHAS.par_iter().map(|&alpha| {
        let scores = held.scores(softmax, &counts.odds(&NaiveBayesParams { alpha }));
        let blend = Blend::fit(&scores);
        (blend.loss(&scores), blend, alpha)
    });
    let blended: Vec<_> = blended.collect();
    let best = blended.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
    let (_, blend, alpha) = best.expect("several are tried");
    (blend, alpha)
}

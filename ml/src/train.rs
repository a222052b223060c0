//! From labelled tickets to a calibrated model.
//!
//! The newest tenth is held back. The rest is fitted once; smoothing, prior, temperature and
//! threshold are then chosen on the tenth, which the classifier has not seen. At the end everything
//! is fitted again with those choices, held-back tickets included: the newest tickets are the most
//! like those to come, and a tenth more examples moves the scores too little to need another
//! temperature. So the figures in the report belong to the first fit and are a little pessimistic.

mod choose;
mod split;

use std::ops::ControlFlow;

use serde::Serialize;

use crate::artifact::{self, Header, Kind};
use crate::classifier::{ClassCounts, Examples, FitError};
use crate::dataset::{Dataset, Example, LabelKind};
use crate::evaluate::{Metrics, Outcome, metrics};
use crate::features::{FeatureConfig, Idf, Sparse};
use crate::predict::Model;

/// What training needs besides tickets.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `label_kind` | category | which label the model suggests; kept in the model | |
/// | `no_label` | `out_of_scope` | label that means "belongs to no category": never learned, but a held-back ticket with it counts as a wrong decision when the threshold is chosen | |
/// | `target_precision` | 0.9 | share of decided tickets that should be right | 0..=1 |
/// | `seed` | 0 | picks the held-back tenth where tickets have no time | |
/// | `features` | see there | how texts become vectors | |
#[derive(Debug, Clone, PartialEq)]
pub struct TrainConfig {
    pub label_kind: LabelKind,
    pub no_label: Option<String>,
    pub target_precision: f64,
    pub seed: u64,
    pub features: FeatureConfig,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            label_kind: LabelKind::Category,
            no_label: Some("out_of_scope".into()),
            target_precision: 0.9,
            seed: 0,
            features: FeatureConfig::default(),
        }
    }
}

/// A model with what was learned about it on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// Already rounded to what the artefact stores.
    pub model: Model,
    pub report: TrainReport,
}

/// How a training went.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainReport {
    /// Tickets learned from.
    pub tickets: usize,
    /// Tickets left out because nobody labelled them.
    pub unlabelled: usize,
    /// Tickets of the first fit's held-back part.
    pub held_back_tickets: usize,
    /// Figures of the first fit on the held-back tickets.
    pub held_back: Metrics,
    /// What the first fit said about each held-back ticket, by the ticket's id, oldest first: another
    /// model is measured on the same tickets to be compared.
    pub held_back_outcomes: Vec<(String, Outcome)>,
}

/// How far a training is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Progress {
    pub step: TrainStep,
    /// Share of the whole training that is done, 0 to 1.
    pub done: f64,
}

/// What a training does at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainStep {
    /// Turning texts into features.
    Reading,
    /// Fitting on the older tickets, and choosing settings on the held-back ones.
    Choosing,
    /// Fitting on all tickets.
    Fitting,
}

/// Is told of every step, and ends the training with [`ControlFlow::Break`].
pub type Watch<'a> = &'a (dyn Fn(Progress) -> ControlFlow<()> + Sync);

/// Why tickets made no model.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error(
        "none of {tickets} tickets has a label; label some, or train for the other kind of label"
    )]
    NoLabels { tickets: usize },
    #[error("all labelled tickets are {label:?}; a model needs at least two labels to tell apart")]
    OneLabel { label: String },
    #[error("{name} must be in {range}, got {value}")]
    Config { name: &'static str, range: &'static str, value: f64 },
    #[error("the classifier could not be fitted: {0}")]
    Fit(#[from] FitError),
    #[error("the training was cancelled")]
    Cancelled,
}

/// One labelled ticket as training sees it.
struct Row<'a> {
    example: &'a Example,
    counts: Sparse,
    /// Index of the label; `None` for the label that belongs to no category.
    target: Option<usize>,
}

/// Learns a model. The same tickets and config always give the same bytes.
///
/// Memory: about 20 bytes a word and ticket, and 6 bytes a column and label (16,384 columns).
///
/// # Errors
/// [`TrainError::NoLabels`] or [`TrainError::OneLabel`] if there is nothing to tell apart,
/// [`TrainError::Config`] for a value out of range.
pub fn train(dataset: &Dataset, config: &TrainConfig) -> Result<Trained, TrainError> {
    train_watched(dataset, config, &|_| ControlFlow::Continue(()))
}

/// [`train`], step by step before the eyes of `watch`.
///
/// # Errors
/// As [`train`], and [`TrainError::Cancelled`] when `watch` ended it.
pub fn train_watched(
    dataset: &Dataset,
    config: &TrainConfig,
    watch: Watch,
) -> Result<Trained, TrainError> {
    let reached = |step, done| match watch(Progress { step, done }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(TrainError::Cancelled),
    };
    check(config)?;
    let labels = labels(dataset, config)?;
    reached(TrainStep::Reading, 0.0)?;
    let rows = rows(dataset, config, &labels);
    let held_back = split::held_back(&rows, config.seed);
    reached(TrainStep::Choosing, 0.2)?;
    let (choice, held_back_outcomes) = choose::choose(&rows, &held_back, &labels, config)?;
    let outcomes: Vec<Outcome> = held_back_outcomes.iter().map(|(_, o)| o.clone()).collect();
    let held_back = metrics(&outcomes);
    reached(TrainStep::Fitting, 0.7)?;
    let all: Vec<&Row> = rows.iter().collect();
    let (idf, counts) = fit(&all, labels.len(), &config.features)?;
    let classifier = counts.classifier(&choice.params);
    let mut tickets_per_label = vec![0; labels.len()];
    rows.iter().filter_map(|r| r.target).for_each(|t| tickets_per_label[t] += 1);
    let header = Header {
        label_kind: config.label_kind,
        labels,
        newest_ticket_at: rows.iter().filter_map(|r| r.example.created_at).max(),
        features: config.features,
        classifier: Kind::NaiveBayes(choice.params),
        calibration: choice.calibration,
        threshold: choice.threshold.unwrap_or(config.target_precision),
        is_threshold_measured: choice.threshold.is_some(),
        held_back: held_back.clone(),
        linear: classifier.head.clone(),
        tickets_per_label,
    };
    let report = TrainReport {
        tickets: header.tickets_per_label.iter().sum(),
        unlabelled: dataset.len() - rows.len(),
        held_back_tickets: held_back.tickets,
        held_back,
        held_back_outcomes,
    };
    reached(TrainStep::Fitting, 1.0)?;
    let hash = artifact::hash_of(&artifact::encode(&header, &idf, &classifier));
    Ok(Trained { model: Model { header, idf, classifier, hash }, report })
}

fn check(config: &TrainConfig) -> Result<(), TrainError> {
    let FeatureConfig { bits, subject_weight } = config.features;
    let ranges = [
        ("target_precision", 0.0..=1.0, "0..=1", config.target_precision),
        ("features.bits", 8.0..=18.0, "8..=18", f64::from(bits)),
        ("features.subject_weight", 1.0..=10.0, "1..=10", f64::from(subject_weight)),
    ];
    match ranges.into_iter().find(|(_, range, _, value)| !range.contains(value)) {
        Some((name, _, range, value)) => Err(TrainError::Config { name, range, value }),
        None => Ok(()),
    }
}

/// The labels to learn, sorted.
fn labels(dataset: &Dataset, config: &TrainConfig) -> Result<Vec<String>, TrainError> {
    let mut labels: Vec<String> =
        dataset.examples().iter().filter_map(|e| e.label.clone()).collect();
    labels.retain(|label| config.no_label.as_ref() != Some(label));
    labels.sort();
    labels.dedup();
    match labels.as_slice() {
        [] => Err(TrainError::NoLabels { tickets: dataset.len() }),
        [label] => Err(TrainError::OneLabel { label: label.clone() }),
        _ => Ok(labels),
    }
}

/// The labelled tickets, in the dataset's order.
fn rows<'a>(dataset: &'a Dataset, config: &TrainConfig, labels: &[String]) -> Vec<Row<'a>> {
    let labelled = dataset.examples().iter().filter_map(|e| Some((e, e.label.as_ref()?)));
    let row = |(example, label): (&'a Example, &String)| Row {
        example,
        counts: config.features.counts(&example.text),
        target: labels.binary_search(label).ok(),
    };
    labelled.map(row).collect()
}

/// Counts the labelled rows; a row of no category teaches nothing.
fn fit(
    rows: &[&Row],
    classes: usize,
    features: &FeatureConfig,
) -> Result<(Idf, ClassCounts), FitError> {
    let rows: Vec<_> = rows.iter().filter(|r| r.target.is_some()).collect();
    let idf = Idf::fit(features.width(), rows.iter().map(|r| &r.counts));
    let vectors: Vec<Sparse> = rows.iter().map(|r| idf.transform(&r.counts)).collect();
    let targets: Vec<usize> = rows.iter().filter_map(|r| r.target).collect();
    let width = features.width();
    let examples = Examples { vectors: &vectors, targets: &targets, classes, width };
    Ok((idf, ClassCounts::fit(&examples)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{dataset, text};

    fn relabelled(count: usize, label: impl Fn(usize, &Example) -> Option<String>) -> Dataset {
        let mut examples = dataset(count).examples().to_vec();
        let labels: Vec<_> = examples.iter().enumerate().map(|(i, e)| label(i, e)).collect();
        examples.iter_mut().zip(labels).for_each(|(example, label)| example.label = label);
        Dataset::new(examples)
    }

    #[test]
    fn the_same_tickets_in_any_order_give_the_same_bytes() {
        let config = TrainConfig::default();
        let mut examples = dataset(150).examples().to_vec();
        let first = train(&Dataset::new(examples.clone()), &config).unwrap();
        examples.reverse();
        let second = train(&Dataset::new(examples), &config).unwrap();
        assert_eq!(first.model.to_bytes(), second.model.to_bytes());
        assert_eq!(first.model.hash().len(), 64);
    }

    #[test]
    fn the_report_counts_what_was_learned_and_left_out() {
        let data = relabelled(240, |i, e| e.label.clone().filter(|_| i % 6 != 0));
        let Trained { model, report } = train(&data, &TrainConfig::default()).unwrap();
        assert_eq!((report.tickets, report.unlabelled, report.held_back_tickets), (200, 40, 20));
        assert_eq!(report.held_back.tickets, 20);
        let newest = data.examples().iter().rev().find(|e| e.label.is_some()).unwrap();
        assert_eq!(report.held_back_outcomes[19].0, newest.id);
        assert!(report.held_back.accuracy > 0.9, "{:?}", report.held_back);
        assert_eq!(model.header().newest_ticket_at, data.examples()[239].created_at);
    }

    #[test]
    fn the_label_of_no_category_is_not_learned() {
        let none = |i: usize| (i.is_multiple_of(5)).then(|| "out_of_scope".to_owned());
        let data = relabelled(240, |i, e| none(i).or(e.label.clone()));
        let model = train(&data, &TrainConfig::default()).unwrap().model;
        assert_eq!(model.labels(), ["card", "login", "refund"]);
        let all = TrainConfig { no_label: None, ..TrainConfig::default() };
        assert_eq!(train(&data, &all).unwrap().model.labels().len(), 4);
    }

    #[test]
    fn nothing_to_tell_apart_is_an_error_that_says_so() {
        for (data, expected) in [
            (Dataset::default(), "none of 0 tickets has a label"),
            (relabelled(9, |_, _| None), "none of 9 tickets has a label"),
            (relabelled(9, |_, _| Some("card".into())), "all labelled tickets are \"card\""),
        ] {
            let error = train(&data, &TrainConfig::default()).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn a_label_with_one_ticket_is_learned() {
        let data =
            relabelled(90, |i, e| if i == 40 { Some("odd".into()) } else { e.label.clone() });
        let model = train(&data, &TrainConfig::default()).unwrap().model;
        assert!(model.labels().contains(&"odd".into()));
    }

    #[test]
    fn two_tickets_are_enough_but_decide_nothing() {
        let model = train(&dataset(2), &TrainConfig::default()).unwrap().model;
        assert!(!model.header().is_threshold_measured);
        assert_eq!(model.header().threshold, 0.9);
        assert_eq!(model.suggest(&text("my stolen card")).label, "card");
    }

    #[test]
    fn a_watched_training_tells_its_steps_and_can_be_ended_at_each() {
        let (data, config) = (dataset(90), TrainConfig::default());
        let seen = std::sync::Mutex::new(Vec::new());
        let trained = train_watched(&data, &config, &|at| {
            seen.lock().unwrap().push(at.done);
            ControlFlow::Continue(())
        });
        let seen = seen.into_inner().unwrap();
        assert_eq!(trained.unwrap(), train(&data, &config).unwrap());
        assert!(seen.is_sorted() && seen.last() == Some(&1.0), "{seen:?}");
        for &end in &seen {
            let until = |at: Progress| match at.done < end {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            };
            let ended = train_watched(&data, &config, &until);
            assert!(matches!(ended, Err(TrainError::Cancelled)), "{end}");
        }
    }

    #[test]
    fn values_out_of_range_are_refused() {
        let config = TrainConfig { target_precision: 1.5, ..TrainConfig::default() };
        let error = train(&dataset(9), &config).unwrap_err().to_string();
        assert_eq!(error, "target_precision must be in 0..=1, got 1.5");
        let features = FeatureConfig { bits: 40, ..FeatureConfig::default() };
        let config = TrainConfig { features, ..TrainConfig::default() };
        let error = train(&dataset(9), &config).unwrap_err().to_string();
        assert_eq!(error, "features.bits must be in 8..=18, got 40");
    }
}

//! From labelled tickets to a calibrated model.
//!
//! The newest tenth is held back. The rest is fitted, and regularisation, smoothing, blend, temperature and
//! threshold are chosen on the tenth, which the classifiers have not seen. At the end they learn on from
//! there, held-back tickets included: the newest tickets are the most like those to come, and a tenth
//! more examples moves the scores too little to need another temperature. So the figures in the report
//! belong to the first fit and are a little pessimistic. How rare a word is, is counted over all
//! tickets at once: it knows no label. How well one tells labels apart is learned from the older ones alone.

mod choose;
mod learners;
pub(crate) mod split;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

#[cfg(feature = "onnx")]
pub(crate) use choose::Choice;
use learners::Learners;
use rayon::prelude::*;
use serde::Serialize;

use crate::artifact::{Body, Header, Weights};
use crate::calibrate::HELD_BACK_MIN;
use crate::classifier::{FitError, GoesOn};
use crate::dataset::{Dataset, Example, LabelKind};
use crate::evaluate::{Metrics, Outcome, metrics};
use crate::features::{FeatureConfig, Idf, KnownWords, Sparse};
use crate::language;
use crate::onnx::OnnxError;
use crate::predict::Model;
use crate::text::TicketText;

/// What training needs besides tickets.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `label_kind` | category | which label the model suggests; kept in the model | |
/// | `no_label` | `out_of_scope` | label that means "belongs to no category": never learned, but a held-back ticket with it counts as a wrong decision when the threshold is chosen | |
/// | `target_precision` | 0.9 | share of decided tickets that should be right | 0..=1 |
/// | `seed` | 0 | picks the held-back tenth where tickets have no time, and the order of fitting | |
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

impl TrainConfig {
    /// Whether every value is in its range.
    pub(crate) fn check(&self) -> Result<(), TrainError> {
        let FeatureConfig { word_bits, piece_bits, subject_weight, full_words, .. } = self.features;
        let ranges = [
            ("target_precision", 0.0..=1.0, "0..=1", self.target_precision),
            ("features.word_bits", 8.0..=15.0, "8..=15", f64::from(word_bits)),
            ("features.piece_bits", 8.0..=14.0, "8..=14", f64::from(piece_bits)),
            ("features.subject_weight", 1.0..=10.0, "1..=10", f64::from(subject_weight)),
            ("features.full_words", 1.0..=2000.0, "1..=2000", f64::from(full_words)),
        ];
        match ranges.into_iter().find(|(_, range, _, value)| !range.contains(value)) {
            Some((name, _, range, value)) => Err(TrainError::Config { name, range, value }),
            None => Ok(()),
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

/// Is told of every step, many times in the course of one, and ends the training with
/// [`ControlFlow::Break`], within a fraction of a second.
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
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    #[error(
        "only {known} tickets have a label of the network and a word that its tokenizer knows; {HELD_BACK_MIN} are \
         needed to tell how sure it may be"
    )]
    FewKnown { known: usize },
}

/// The labelled tickets as training sees them, those of the held-back part last.
struct Rows<'a> {
    examples: Vec<&'a Example>,
    vectors: Vec<Sparse>,
    /// Indices of the labels; `None` for the label that belongs to no category.
    targets: Vec<Option<usize>>,
    /// Each label's name as a ticket of it: the first thing the desk's people said about it, and nearly all
    /// there is of a label with few tickets. Empty where words are only counted.
    names: Vec<Sparse>,
    /// Words of each ticket that no ticket before the held-back ones has, as a share.
    new_word_shares: Vec<f64>,
    /// Columns of the vectors.
    width: usize,
    /// Where the held-back tickets begin.
    kept: usize,
}

/// Tickets whose language is asked for, spread evenly over all.
const LANGUAGE_SAMPLE: usize = 4_000;

/// Learns a model. The same tickets and config always give the same bytes.
///
/// Memory: about 80 bytes a word and ticket, and 20 bytes a column and label (24,576 columns).
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
    config.check()?;
    let labels = labels(dataset, config)?;
    reached(TrainStep::Reading, 0.0)?;
    let goes_on = || reached(TrainStep::Reading, 0.0).is_ok();
    let (rows, idf, known_words) = read(dataset, config, &labels, &goes_on);
    reached(TrainStep::Choosing, 0.2)?;
    let goes_on = || reached(TrainStep::Choosing, 0.2).is_ok();
    let learners = Learners::fit(&rows, labels.len(), config, &goes_on)?;
    reached(TrainStep::Choosing, 0.6)?;
    let choice = choose::choose(&rows, &learners.linear(), config);
    let held_back_outcomes = choice.outcomes(&rows.examples[rows.kept..], &labels, config);
    let outcomes: Vec<Outcome> = held_back_outcomes.iter().map(|(_, o)| o.clone()).collect();
    let held_back = metrics(&outcomes);
    reached(TrainStep::Fitting, 0.7)?;
    let goes_on = || reached(TrainStep::Fitting, 0.7).is_ok();
    let learners = learners.learn_held_back(&rows, labels.len(), &goes_on)?;
    let mut tickets_per_label = vec![0; labels.len()];
    rows.targets.iter().flatten().for_each(|&target| tickets_per_label[target] += 1);
    let held_shares = &rows.new_word_shares[rows.kept..];
    let header = Header {
        label_kind: config.label_kind,
        labels,
        newest_ticket_at: rows.examples.iter().filter_map(|e| e.created_at).max(),
        features: config.features,
        classifier: learners.kind,
        calibration: choice.calibration,
        threshold: choice.threshold.unwrap_or(config.target_precision),
        is_threshold_measured: choice.threshold.is_some(),
        held_back: held_back.clone(),
        languages: languages(&rows.examples),
        new_word_share: held_shares.iter().sum::<f64>() / held_shares.len().max(1) as f64,
        tickets_per_label,
    };
    let report = TrainReport {
        tickets: header.tickets_per_label.iter().sum(),
        unlabelled: dataset.len() - rows.examples.len(),
        held_back_tickets: held_back.tickets,
        held_back,
        held_back_outcomes,
    };
    reached(TrainStep::Fitting, 1.0)?;
    let body = Body::Words(Weights { known_words, idf, classifier: learners.linear() });
    Ok(Trained { model: Model::new(header, body), report })
}

/// The labels to learn, sorted.
pub(crate) fn labels(dataset: &Dataset, config: &TrainConfig) -> Result<Vec<String>, TrainError> {
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

/// Reads the labelled tickets, on all cores; where `goes_on` says no, as if the rest were empty.
fn read<'a>(
    dataset: &'a Dataset,
    config: &TrainConfig,
    labels: &[String],
    goes_on: GoesOn,
) -> (Rows<'a>, Idf, KnownWords) {
    let labelled: Vec<&Example> =
        dataset.examples().iter().filter(|example| example.label.is_some()).collect();
    let held_back = split::held_back(&labelled, config.seed);
    let in_parts =
        |is_held: bool| labelled.iter().zip(&held_back).filter(move |(_, h)| **h == is_held);
    let kept = in_parts(false).count();
    let examples: Vec<&Example> =
        in_parts(false).chain(in_parts(true)).map(|(example, _)| *example).collect();
    let target = |example: &&Example| labels.binary_search(example.label.as_ref()?).ok();
    let targets: Vec<Option<usize>> = examples.iter().map(target).collect();

    let known_words = known_words(&examples[..kept]);
    let features = &config.features;
    let read = |example: &&Example| {
        if !goes_on() {
            return Default::default();
        }
        let tokens = example.text.tokens();
        (features.counts(&tokens), known_words.new_share(&tokens))
    };
    let (mut vectors, new_word_shares): (Vec<Sparse>, Vec<f64>) =
        examples.par_iter().map(read).unzip();
    let learned = vectors.iter().zip(&targets).filter(|(_, target)| target.is_some());
    let mut idf = Idf::fit(features, learned.map(|(vector, _)| vector));
    let mut names = Vec::new();
    if !features.plain {
        let kept = vectors[..kept].iter().zip(&targets);
        let labelled = kept.filter_map(|(vector, target)| Some((vector, (*target)?)));
        idf.favour_telling(labelled, labels.len());
        names = labels.iter().map(|label| name(label, features)).collect();
    }
    vectors.par_iter_mut().chain(&mut names).for_each(|vector| idf.weigh(vector));
    let all_words = known_words.and(&self::known_words(&examples[kept..]));
    let width = features.width();
    (Rows { examples, vectors, targets, names, new_word_shares, width, kept }, idf, all_words)
}

/// A label's name, read as a ticket.
fn name(label: &str, features: &FeatureConfig) -> Sparse {
    let words = label.replace(['-', '_'], " ");
    features.counts(&TicketText::new("", words).tokens())
}

/// Languages of a sample of the tickets, most frequent first.
pub(crate) fn languages(examples: &[&Example]) -> Vec<(String, usize)> {
    let nth = examples.len().div_ceil(LANGUAGE_SAMPLE).max(1);
    let sample: Vec<&&Example> = examples.iter().step_by(nth).collect();
    let reliable = |example: &&&Example| language::of_ticket(&example.text).filter(|d| d.reliable);
    let found: Vec<String> =
        sample.par_iter().filter_map(reliable).map(|detected| detected.code).collect();
    let mut counts = BTreeMap::<String, usize>::new();
    found.into_iter().for_each(|code| *counts.entry(code).or_default() += 1);
    let mut languages: Vec<_> = counts.into_iter().collect();
    languages.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    languages
}

fn known_words(examples: &[&Example]) -> KnownWords {
    let words = |mut words: KnownWords, example: &&Example| {
        words.insert_all(&example.text.tokens());
        words
    };
    examples
        .par_chunks(1000)
        .map(|chunk| chunk.iter().fold(KnownWords::default(), words))
        .reduce(KnownWords::default, |a, b| a.and(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{dataset, text};
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

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
    fn a_labels_name_is_an_example_of_it() {
        // "help" stands in tickets of every label; the one ticket of the odd label says nothing.
        let named = |name: &str| {
            let label =
                |i: usize, e: &Example| if i == 40 { Some(name.into()) } else { e.label.clone() };
            let model = train(&relabelled(90, label), &TrainConfig::default()).unwrap().model;
            let suggested = model.suggest(&text("help"));
            let all = std::iter::once((suggested.label, suggested.probability));
            let mut all = all.chain(suggested.runner_ups);
            all.find(|(label, _)| label == name).map_or(0.0, |(_, probability)| probability)
        };
        assert!(named("ask-for-help") > 1.5 * named("odd"));
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
        let mut seen = seen.into_inner().unwrap();
        assert_eq!(trained.unwrap(), train(&data, &config).unwrap());
        assert!(seen.is_sorted() && seen.last() == Some(&1.0), "{seen:?}");
        seen.dedup();
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
    fn a_training_is_ended_in_the_middle_of_reading_and_of_each_fit() {
        let (data, config) = (dataset(90), TrainConfig::default());
        for during in [0.0, 0.2, 0.7] {
            let within = AtomicUsize::new(0);
            let ended = train_watched(&data, &config, &|at| {
                let is_within = at.done == during;
                // The first is the step's beginning.
                let told = if is_within { within.fetch_add(1, Relaxed) } else { 0 };
                if at.done > during || told > 1 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            assert!(matches!(ended, Err(TrainError::Cancelled)), "{during}");
            assert!(
                within.into_inner() > 1,
                "it asks in the course of the step that begins at {during}"
            );
        }
    }

    #[test]
    fn values_out_of_range_are_refused() {
        let config = TrainConfig { target_precision: 1.5, ..TrainConfig::default() };
        let error = train(&dataset(9), &config).unwrap_err().to_string();
        assert_eq!(error, "target_precision must be in 0..=1, got 1.5");
        let features = FeatureConfig { word_bits: 40, ..FeatureConfig::default() };
        let config = TrainConfig { features, ..TrainConfig::default() };
        let error = train(&dataset(9), &config).unwrap_err().to_string();
        assert_eq!(error, "features.word_bits must be in 8..=15, got 40");
    }
}

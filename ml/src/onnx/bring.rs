//! From files that a desk brings along to a calibrated model.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::head::Embedded;
use super::{Head, Layout, Network, OnnxError, Pooling, engine};
use crate::artifact::{Body, Header, Kind};
use crate::calibrate::{HELD_BACK_MIN, Scored};
use crate::dataset::{Dataset, Example};
use crate::evaluate::{Outcome, metrics};
use crate::features::{FeatureConfig, Sparse};
use crate::predict::Model;
use crate::train::{Choice, TrainConfig, TrainError, TrainReport, Trained, languages, split};

/// A network as it comes from outside.
#[derive(Debug, Clone)]
pub struct Brought {
    /// The ONNX file.
    pub onnx: Vec<u8>,
    /// The `tokenizer.json`.
    pub tokenizer: Vec<u8>,
    /// Which output is read; the first one where none is named.
    pub output: Option<String>,
    pub outputs: Outputs,
    /// In [`super::TOKENS_RANGE`].
    pub max_tokens: usize,
}

/// What the output is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outputs {
    /// One score for each of these labels.
    Labels(Vec<String>),
    /// An embedding, for whose labels a head is learned from the tickets.
    Embedding(Pooling),
}

/// Makes a model of a network. Labelled tickets, which the network should not have learned from, give it its
/// temperature and threshold; under an embedding a head learns from all of them but the newest tenth, and
/// that calibrates it.
///
/// # Errors
/// [`TrainError::Onnx`] for files that cannot be used or do not fit each other; [`TrainError::FewKnown`] for fewer
/// than [`HELD_BACK_MIN`] tickets with a label of the network; otherwise as [`crate::train::train`].
pub fn bring(
    brought: Brought,
    tickets: &Dataset,
    config: &TrainConfig,
) -> Result<Trained, TrainError> {
    if !super::TOKENS_RANGE.contains(&brought.max_tokens) {
        let value = brought.max_tokens as f64;
        return Err(TrainError::Config { name: "max_tokens", range: "8..=4096", value });
    }
    config.check()?;
    let output = engine::find_output(&brought.onnx, brought.output.as_deref())?;
    let layout = Layout {
        max_tokens: brought.max_tokens,
        output,
        head: Head::Logits,
        onnx_bytes: brought.onnx.len() as u64,
        tokenizer_bytes: brought.tokenizer.len() as u64,
    };
    let network = Network::new(layout, brought.onnx, brought.tokenizer, None)?;
    let labelled: Vec<&Example> =
        tickets.examples().iter().filter(|example| example.label.is_some()).collect();
    let made = match brought.outputs {
        Outputs::Labels(labels) => with_labels(network, labels, &labelled)?,
        Outputs::Embedding(pooling) => with_head(network, pooling, tickets, &labelled, config)?,
    };
    Ok(made.finish(tickets, &labelled, config))
}

/// A network whose scores are known for the tickets that calibrate it.
struct Made<'a> {
    network: Network,
    labels: Vec<String>,
    examples: Vec<&'a Example>,
    scored: Vec<Scored>,
}

impl Made<'_> {
    fn finish(self, tickets: &Dataset, labelled: &[&Example], config: &TrainConfig) -> Trained {
        let Self { network, labels, examples, scored } = self;
        let choice = Choice::of(scored, config);
        let held_back_outcomes = choice.outcomes(&examples, &labels, config);
        let outcomes: Vec<Outcome> = held_back_outcomes.iter().map(|(_, o)| o.clone()).collect();
        let held_back = metrics(&outcomes);
        let mut tickets_per_label = vec![0; labels.len()];
        for label in labelled.iter().filter_map(|example| example.label.as_ref()) {
            labels
                .iter()
                .position(|l| l == label)
                .into_iter()
                .for_each(|at| tickets_per_label[at] += 1);
        }
        let header = Header {
            label_kind: config.label_kind,
            labels,
            newest_ticket_at: labelled.iter().filter_map(|e| e.created_at).max(),
            features: FeatureConfig::default(),
            classifier: Kind::Onnx(network.layout),
            calibration: choice.calibration,
            threshold: choice.threshold.unwrap_or(config.target_precision),
            is_threshold_measured: choice.threshold.is_some(),
            held_back: held_back.clone(),
            languages: languages(labelled),
            new_word_share: 0.0,
            tickets_per_label,
        };
        let report = TrainReport {
            tickets: header.tickets_per_label.iter().sum(),
            unlabelled: tickets.len() - labelled.len(),
            held_back_tickets: held_back.tickets,
            held_back,
            held_back_outcomes,
        };
        Trained { model: Model::new(header, Body::Network(network)), report }
    }
}

fn with_labels<'a>(
    network: Network,
    labels: Vec<String>,
    labelled: &[&'a Example],
) -> Result<Made<'a>, TrainError> {
    let target =
        |example: &Example| labels.iter().position(|label| Some(label) == example.label.as_ref());
    require_known(labelled.iter().filter(|example| target(example).is_some()).count())?;
    let scores = for_all(labelled, |example| network.scores(&example.text))?;
    let known = labelled.iter().zip(scores);
    // What the tokenizer knows nothing of is left open, whatever the temperature.
    let known = known.filter_map(|(example, scores)| Some((*example, scores?)));
    let (examples, scored): (Vec<&Example>, Vec<Scored>) = known
        .map(|(example, scores)| (example, Scored { scores, target: target(example) }))
        .unzip();
    if let Some(scored) = scored.iter().find(|scored| scored.scores.len() != labels.len()) {
        let (outputs, labels) = (scored.scores.len(), labels.len());
        return Err(OnnxError::Labels { outputs, labels }.into());
    }
    require_known(scored.iter().filter(|scored| scored.target.is_some()).count())?;
    Ok(Made { network, labels, examples, scored })
}

fn with_head<'a>(
    network: Network,
    pooling: Pooling,
    tickets: &Dataset,
    labelled: &[&'a Example],
    config: &TrainConfig,
) -> Result<Made<'a>, TrainError> {
    let labels = crate::train::labels(tickets, config)?;
    let held_back = split::held_back(labelled, config.seed);
    let in_parts =
        |is_held: bool| labelled.iter().zip(&held_back).filter(move |(_, h)| **h == is_held);
    let order: Vec<&Example> =
        in_parts(false).chain(in_parts(true)).map(|(example, _)| *example).collect();
    let kept = in_parts(false).count();
    let vectors = for_all(&order, |example| network.embedding(&example.text, pooling))?;
    let target = |example: &Example| labels.binary_search(example.label.as_ref()?).ok();
    let known = |at: usize| Some((vectors[at].as_ref()?, target(order[at])?));
    let (learned, targets): (Vec<&Sparse>, Vec<usize>) = (0..order.len()).filter_map(known).unzip();
    require_known(learned.len())?;
    let dimensions = learned[0].indices.len();
    let embedded = Embedded {
        vectors: learned,
        targets,
        kept: (0..kept).filter_map(known).count(),
        classes: labels.len(),
        dimensions,
        seed: config.seed,
    };
    let (c, first) = embedded.choose();
    let mut is_learned = vec![false; labels.len()];
    embedded.targets[..embedded.kept].iter().for_each(|&target| is_learned[target] = true);
    let held = (kept..order.len()).filter_map(|at| Some((order[at], vectors[at].as_ref()?)));
    let (examples, scored): (Vec<&Example>, Vec<Scored>) = held
        .map(|(example, x)| {
            let scores = crate::classifier::Classifier::log_scores(&first, x);
            // A label that only held-back tickets have was not learned here.
            let target = target(example).filter(|&target| is_learned[target]);
            (example, Scored { scores, target })
        })
        .unzip();
    let head = Head::Learned { pooling, dimensions, c };
    let network = network.with_head(head, Some(embedded.fit(embedded.targets.len(), c)));
    if !network.layout.is_valid() {
        let wanted = "an embedding has 1 to 16384 numbers";
        return Err(OnnxError::Shape { found: vec![dimensions], wanted }.into());
    }
    Ok(Made { network, labels, examples, scored })
}

fn require_known(known: usize) -> Result<(), TrainError> {
    if known < HELD_BACK_MIN { Err(TrainError::FewKnown { known }) } else { Ok(()) }
}

/// Asks about every ticket, on all cores, up to the first that fails.
fn for_all<T: Send>(
    examples: &[&Example],
    ask: impl Fn(&Example) -> Result<T, OnnxError> + Sync,
) -> Result<Vec<T>, OnnxError> {
    let failed = AtomicBool::new(false);
    let ask = |example: &&Example| {
        if failed.load(Ordering::Relaxed) {
            return None;
        }
        let said = ask(example);
        failed.fetch_or(said.is_err(), Ordering::Relaxed);
        Some(said)
    };
    let all: Vec<Option<Result<T, OnnxError>>> = examples.par_iter().map(ask).collect();
    all.into_iter().flatten().collect()
}

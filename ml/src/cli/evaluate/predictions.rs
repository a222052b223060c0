//! What a model said, one line a ticket.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use deskwire_ml::dataset::{Example, LabelKind};
use deskwire_ml::evaluate::{self, priority_rank};
use deskwire_ml::predict::{Model, Suggestion};
use serde_json::{Value, json};

/// Writes one line for every suggestion.
pub fn write(file: &Path, model: &Model, said: &[(&Example, Suggestion)]) -> anyhow::Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    for (example, suggestion) in said {
        serde_json::to_writer(&mut out, &line(model, example, suggestion))?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

fn line(model: &Model, example: &Example, said: &Suggestion) -> Value {
    let label = said.has_known_words.then_some(&said.label);
    match model.header().label_kind {
        LabelKind::Category => {
            json!({
                "id": example.id,
                "category": label,
                "confidence": said.probability,
                "ranked": named(said),
                "abstained": said.abstained,
            })
        }
        LabelKind::Priority => json!({
            "id": example.id,
            "priority": label,
            "priority_confidence": said.probability,
            "priority_score": urgency(model, example),
            "abstained": said.abstained,
        }),
    }
}

/// The labels a suggestion names, best first; none where no word of the ticket is known: what comes first
/// then is the most frequent label, which says nothing about the ticket.
pub fn named(said: &Suggestion) -> Vec<&String> {
    let others = said.runner_ups.iter().map(|(label, _)| label);
    let all = std::iter::once(&said.label).chain(others);
    all.take(if said.has_known_words { usize::MAX } else { 0 }).collect()
}

/// How well urgency finds the more urgent of two priorities; `None` for other labels.
pub fn average_precision(model: &Model, said: &[(&Example, Suggestion)]) -> Option<f64> {
    let labels: Vec<_> = model.labels().iter().map(String::as_str).collect();
    if model.header().label_kind != LabelKind::Priority || labels.len() != 2 {
        return None;
    }
    let scored = said.iter().filter_map(|(example, _)| {
        let is_urgent = priority_rank(example.label.as_ref()?, &labels)? == 1;
        Some((urgency(model, example)?, is_urgent))
    });
    evaluate::average_precision(&scored.collect::<Vec<_>>())
}

/// The expected place in the order of priorities; null if the labels have no known order.
fn urgency(model: &Model, example: &Example) -> Option<f64> {
    let labels: Vec<_> = model.labels().iter().map(String::as_str).collect();
    let places = model.distribution(&example.text).into_iter();
    places.map(|(label, p)| Some(p * priority_rank(label, &labels)? as f64)).sum()
}

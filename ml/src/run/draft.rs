//! What is registered about a new version.

use std::collections::BTreeMap;

use deskwire_domain::ids::ModelRunId;
use deskwire_domain::models::{LabelMeanings, Lineage, ModelDraft, TrainingData, TrainingQuery};
use serde_json::{Value, json};

use super::count;
use crate::artifact::Kind;
use crate::evaluate::Outcome;
use crate::features::FEATURE_VERSION;
use crate::onnx::{Head, Layout};
use crate::train::{TrainConfig, Trained};

/// What a version learned from, as it is kept with it: `heldBack` is added once that is known.
pub(super) fn snapshot(found: &TrainingData, query: &TrainingQuery) -> Value {
    let times = || found.tickets.iter().map(|ticket| ticket.created_at);
    json!({
        "source": "desk",
        "tickets": found.tickets.len(),
        "perLabel": found.per_label,
        "from": times().min(),
        "to": times().max(),
        "minimumPerLabel": query.minimum_per_label,
        "tooFew": found.too_few,
        "retired": found.retired,
        "query": in_words(query),
    })
}

fn in_words(query: &TrainingQuery) -> String {
    let from = query.created_from.map(|at| format!(", created at {at} or later"));
    let to = query.created_to.map(|at| format!(", created before {at}"));
    format!(
        "tickets whose {} a person gave, neither deleted nor merged{}{}",
        query.kind,
        from.unwrap_or_default(),
        to.unwrap_or_default()
    )
}

/// The version to register; its artefact is in the store.
pub(super) fn draft(
    config: &TrainConfig,
    trained: &Trained,
    labels: LabelMeanings,
    artifact_bytes: usize,
    mut training_data: Value,
    run_id: Option<ModelRunId>,
) -> ModelDraft {
    let (header, report) = (trained.model.header(), &trained.report);
    training_data["heldBack"] = json!(report.held_back_tickets);
    if let Kind::Onnx(Layout { head: Head::Logits, .. }) = header.classifier {
        // These tickets only told how sure it may be.
        training_data["learned"] = json!(false);
    }
    let features = (!trained.model.is_network()).then_some(header.features);
    ModelDraft {
        kind: config.label_kind.into(),
        artifact_hash: unhex(trained.model.hash()),
        artifact_bytes: count(artifact_bytes),
        threshold: header.threshold,
        labels,
        metrics: json!({
            "tickets": report.tickets,
            "heldBackTickets": report.held_back_tickets,
            "heldBack": report.held_back,
        }),
        lineage: Lineage {
            run_id,
            feature_version: FEATURE_VERSION,
            needs_onnx: trained.model.is_network(),
            maker_runs_onnx: cfg!(feature = "onnx"),
            parameters: Some(json!({
                "classifier": header.classifier,
                "features": features,
                "targetPrecision": config.target_precision,
                "noLabel": config.no_label,
                "seed": config.seed,
            })),
            training_data: Some(training_data),
            confusion: Some(json!(confusion(&report.held_back_outcomes))),
        },
    }
}

/// Held-back tickets by right and suggested label.
fn confusion(outcomes: &[(String, Outcome)]) -> BTreeMap<&str, BTreeMap<&str, u32>> {
    let mut confusion = BTreeMap::<&str, BTreeMap<&str, u32>>::new();
    for (_, outcome) in outcomes {
        let suggested = outcome.ranked.first().map_or("", String::as_str);
        *confusion.entry(&outcome.truth).or_default().entry(suggested).or_default() += 1;
    }
    confusion
}

/// The bytes of a model's hash.
pub(super) fn unhex(hex: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16);
    (0..hex.len()).step_by(2).map(|at| digits(at).expect("hashes are hex")).collect()
}

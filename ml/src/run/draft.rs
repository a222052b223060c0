//! What is registered about a new version.

use deskwire_domain::models::runs::ModelRun;
use deskwire_domain::models::{LabelMeanings, Lineage, ModelDraft, TrainingData, TrainingQuery};
use serde_json::{Value, json};

use super::count;
use crate::desk::{self, unhex};
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
    run: &ModelRun,
    config: &TrainConfig,
    trained: &Trained,
    labels: LabelMeanings,
    artifact_bytes: usize,
    mut training_data: Value,
) -> ModelDraft {
    let (header, report) = (trained.model.header(), &trained.report);
    let lineage = desk::lineage(trained);
    training_data["heldBack"] = json!(report.held_back_tickets);
    ModelDraft {
        kind: run.kind,
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
            run_id: Some(run.id),
            parameters: lineage.parameters.map(|mut parameters| {
                parameters["targetPrecision"] = json!(config.target_precision);
                parameters["noLabel"] = json!(config.no_label);
                parameters["seed"] = json!(config.seed);
                parameters
            }),
            training_data: Some(training_data),
            ..lineage
        },
    }
}

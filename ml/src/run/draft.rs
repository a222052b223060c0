//! What is registered about a new version.

use std::collections::BTreeMap;

use deskwire_domain::models::runs::ModelRun;
use deskwire_domain::models::{LabelMeanings, Lineage, ModelDraft, TrainingData, TrainingQuery};
use serde_json::{Value, json};

use super::count;
use crate::desk::unhex;
use crate::evaluate::Outcome;
use crate::features::FEATURE_VERSION;
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
            feature_version: FEATURE_VERSION,
            parameters: Some(json!({
                "classifier": header.classifier,
                "features": header.features,
                "targetPrecision": config.target_precision,
                "noLabel": config.no_label,
                "seed": config.seed,
            })),
            training_data: Some(training_data),
            confusion: Some(json!(confusion(&report.held_back_outcomes))),
        },
    }
}

/// Held-back tickets by right label, then by suggested label.
fn confusion(outcomes: &[(String, Outcome)]) -> BTreeMap<&str, BTreeMap<&str, u32>> {
    let mut matrix = BTreeMap::<&str, BTreeMap<&str, u32>>::new();
    for (_, outcome) in outcomes {
        let Some(said) = outcome.ranked.first() else { continue };
        *matrix.entry(&outcome.truth).or_default().entry(said).or_default() += 1;
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_counts_by_right_and_suggested_label() {
        let outcome = |truth: &str, said: &str| {
            let ranked = vec![said.to_owned()];
            let truth = truth.to_owned();
            let outcome =
                Outcome { truth, is_known: true, ranked, probability: 0.5, abstained: false };
            (String::new(), outcome)
        };
        let outcomes = [outcome("a", "a"), outcome("a", "b"), outcome("a", "b"), outcome("b", "b")];
        let matrix = serde_json::to_value(confusion(&outcomes)).unwrap();
        assert_eq!(matrix, json!({ "a": { "a": 1, "b": 2 }, "b": { "b": 1 } }));
    }
}

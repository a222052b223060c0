//! The new model and the champion on the tickets that training held back.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use deskwire_domain::models::{Comparison, LabelMeanings, MINIMUM_SAMPLE, ModelVersion};
use rayon::prelude::*;
use tracing::warn;

use super::Ended;
use crate::compare::{Counts, Difference};
use crate::dataset::{Dataset, Example};
use crate::evaluate::Outcome;
use crate::predict::Model;
use crate::store::ModelStore;
use crate::train::Trained;
use crate::worker::hex;

/// Asks the champion about the held-back tickets. Without one, or with one that cannot be loaded
/// any more, the result has no sample.
///
/// The champion may have learned from some of them, which flatters it: where enough are newer than
/// everything it learned from, only those count; else all do, and the result says so.
pub(super) async fn with_champion(
    store: &ModelStore,
    champion: Option<ModelVersion>,
    tickets: &Arc<Dataset>,
    trained: &Arc<Trained>,
    labels: &LabelMeanings,
) -> Result<Comparison, Ended> {
    let Some(version) = champion else { return Ok(without(None, None)) };
    let model = match store.load(&hex(&version.artifact_hash)).await {
        Ok(model) => model,
        Err(error) if error.is_temporary() => return Err(Ended::Again(error.to_string())),
        Err(error) => {
            warn!(%error, "the champion cannot be compared with");
            let note = format!("version {} could not be asked: {error}", version.number);
            return Ok(without(Some(version), Some(note)));
        }
    };
    let (tickets, trained, labels) = (tickets.clone(), trained.clone(), labels.clone());
    let compared = move || {
        let outcomes = &trained.report.held_back_outcomes;
        compare(&version, &model, &asked(&tickets, outcomes), &labels)
    };
    tokio::task::spawn_blocking(compared).await.map_err(|error| {
        warn!(%error, "the comparison broke off");
        Ended::Again("the comparison broke off by a fault; the log says more".into())
    })
}

fn without(champion: Option<ModelVersion>, note: Option<String>) -> Comparison {
    let Difference { value, low, high } = Counts::default().difference();
    Comparison {
        champion_id: champion.map(|version| version.id),
        sample: 0,
        candidate_right: 0,
        champion_right: 0,
        difference: value,
        low,
        high,
        note,
    }
}

/// The held-back tickets with what the candidate said of them.
fn asked<'a>(
    tickets: &'a Dataset,
    outcomes: &'a [(String, Outcome)],
) -> Vec<(&'a Example, &'a Outcome)> {
    let by_id: HashMap<&str, &Example> =
        tickets.examples().iter().map(|example| (example.id.as_str(), example)).collect();
    outcomes.iter().filter_map(|(id, outcome)| Some((*by_id.get(id.as_str())?, outcome))).collect()
}

fn compare(
    version: &ModelVersion,
    champion: &Model,
    asked: &[(&Example, &Outcome)],
    labels: &LabelMeanings,
) -> Comparison {
    let learned_until = champion.header().newest_ticket_at;
    let unseen: Vec<_> =
        asked.iter().filter(|(example, _)| is_unseen(example, learned_until)).copied().collect();
    let seen = asked.len() - unseen.len();
    let (counted, note) = if seen > 0 && unseen.len() < MINIMUM_SAMPLE as usize {
        let note = format!(
            "version {} may have learned from {seen} of these {} tickets, which flatters it",
            version.number,
            asked.len()
        );
        (asked, Some(note))
    } else {
        let note = (seen > 0).then(|| {
            format!("without {seen} tickets that version {} may have learned from", version.number)
        });
        (&unseen[..], note)
    };
    let answers: Vec<(bool, bool)> = counted
        .par_iter()
        .map(|(example, outcome)| {
            // Names may have changed since the champion was made; what they mean has not.
            // A champion that fails on a ticket is wrong about it.
            let said = catch_unwind(AssertUnwindSafe(|| champion.judge(&example.text).label)).ok();
            let said = said.and_then(|label| version.labels.get(&label));
            let truth = labels.get(&outcome.truth);
            (outcome.is_right(), truth.is_some() && said == truth)
        })
        .collect();
    let counts = Counts::of(answers);
    let Difference { value, low, high } = counts.difference();
    Comparison {
        champion_id: Some(version.id),
        sample: counts.sample(),
        candidate_right: counts.candidate_right(),
        champion_right: counts.champion_right(),
        difference: value,
        low,
        high,
        note,
    }
}

/// A ticket is new to a model that only knows older ones; one without times may know all.
fn is_unseen(example: &Example, learned_until: Option<DateTime<Utc>>) -> bool {
    match (example.created_at, learned_until) {
        (Some(at), Some(until)) => at > until,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::dataset;
    use crate::train::{TrainConfig, train};
    use deskwire_domain::Timestamp;
    use deskwire_domain::ids::{CategoryId, ModelVersionId};
    use deskwire_domain::models::Lineage;
    use deskwire_domain::suggestions::{Label, LabelKind};

    /// What the labels of [`dataset`] mean, under names with this prefix.
    fn meanings(prefix: &str) -> LabelMeanings {
        let names = ["card", "login", "refund"].into_iter().enumerate();
        let id = |n: usize| CategoryId(format!("{:032x}", n + 1).parse().unwrap());
        names.map(|(n, name)| (format!("{prefix}{name}"), Label::Category(id(n)))).collect()
    }

    fn version(model: &Model, labels: LabelMeanings) -> ModelVersion {
        ModelVersion {
            id: ModelVersionId::new(),
            kind: LabelKind::Category,
            number: 3,
            artifact_hash: crate::run::draft::unhex(model.hash()),
            artifact_bytes: 0,
            threshold: 0.5,
            labels,
            metrics: serde_json::Value::Null,
            active: true,
            created_at: Timestamp::now(),
            created_by: None,
            lineage: Lineage::default(),
        }
    }

    /// The first tickets of [`dataset`] with their labels renamed.
    fn renamed(count: usize, prefix: &str) -> Dataset {
        let mut examples = dataset(count).examples().to_vec();
        for example in &mut examples {
            example.label = example.label.as_ref().map(|label| format!("{prefix}{label}"));
        }
        Dataset::new(examples)
    }

    /// A candidate that learned from 600 tickets, next to a champion that knows the first `known`.
    fn compared(known: usize, prefix: &str) -> Comparison {
        let config = TrainConfig::default();
        let champion = train(&renamed(known, prefix), &config).unwrap().model;
        let (tickets, labels) = (dataset(600), meanings(""));
        let trained = train(&tickets, &config).unwrap();
        let asked = asked(&tickets, &trained.report.held_back_outcomes);
        compare(&version(&champion, meanings(prefix)), &champion, &asked, &labels)
    }

    #[test]
    fn both_are_asked_about_tickets_that_are_new_to_them() {
        let found = compared(300, "");
        assert_eq!((found.sample, &found.note), (60, &None));
        assert!(found.champion_right > 50 && found.candidate_right > 50, "{found:?}");
        assert!(found.low <= found.difference && found.difference <= found.high);
    }

    #[test]
    fn a_renamed_label_is_still_the_same() {
        assert_eq!(compared(300, "old ").champion_right, compared(300, "").champion_right);
    }

    #[test]
    fn tickets_the_champion_learned_from_are_left_out_where_enough_remain() {
        let found = compared(545, "");
        assert_eq!(found.sample, 55);
        let note = found.note.unwrap();
        assert_eq!(note, "without 5 tickets that version 3 may have learned from");
    }

    #[test]
    fn where_too_few_remain_all_count_and_the_result_says_so() {
        let found = compared(600, "");
        assert_eq!(found.sample, 60);
        let note = found.note.unwrap();
        assert_eq!(
            note,
            "version 3 may have learned from 60 of these 60 tickets, which flatters it"
        );
    }
}

//! Guards and what they look at, in the graph.

use async_graphql::{Context, Enum, Json, Object, SimpleObject};
use deskwire_domain::ids::{CategoryId, ModelVersionId};
use deskwire_domain::models::{ArmComparison, guards};
use serde_json::Value;
use std::collections::BTreeMap;

use super::ModelVersion;
use crate::graphql::error::ApiResult;
use crate::graphql::ids::public;

/// What a guard looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::models::guards::Signal")]
pub enum GuardSignal {
    /// People chose something else than was suggested.
    Overrides,
    /// The model was not sure.
    Abstentions,
    /// Mean of the calibrated probabilities.
    Confidence,
    /// Words that the model has never seen.
    NewWords,
    /// Which labels are suggested how often.
    LabelMix,
    /// Time a suggestion takes.
    Latency,
    /// The artefact cannot be used, or fails on a ticket.
    Faults,
}

/// When a version on trial is taken back by itself. Every guard compares the two arms of a trial with each
/// other, and waits for a minimum sample of both.
#[derive(SimpleObject)]
pub struct ModelGuards {
    /// Chance that the guard of overrides ever takes back a version that is no worse, 0.001 to 0.5. It is a
    /// sequential test (mixture SPRT), so looking often does no harm.
    alpha: f64,
    /// Decided suggestions each arm needs for the guard of overrides, 10 to 10000.
    minimum_decided: u32,
    /// Suggestions each arm needs for abstentions, confidence, new words and latency, 10 to 5000.
    minimum_sample: u32,
    /// Largest difference between the arms that is no hit, beyond what chance does in samples of their size
    /// (√(1/n + 1/m)), for abstentions, confidence and new words, 0.01 to 1; 1 switches them off.
    shift: f64,
    /// Suggestions each arm needs for the guard of the label mix, 10 to 5000.
    label_mix_sample: u32,
    /// Largest Jensen–Shannon divergence (base 2) of the arms' label mixes that is no hit, beyond what
    /// equal mixes of as many labels have by chance, 0.01 to 1; 1 switches it off.
    label_mix: f64,
    /// 95th percentile in milliseconds below which no suggestion is slow, 1 to 60000.
    latency_ms: u32,
    /// How many times slower than the other arm a slow one is, 1 to 1000.
    latency_factor: f64,
    /// Minutes after a version was taken back in which no trial begins without a reason, 0 to 10080.
    cool_down_minutes: u32,
}

impl From<guards::Guards> for ModelGuards {
    fn from(guards: guards::Guards) -> Self {
        Self {
            alpha: guards.alpha,
            minimum_decided: guards.minimum_decided,
            minimum_sample: guards.minimum_sample,
            shift: guards.shift,
            label_mix_sample: guards.label_mix_sample,
            label_mix: guards.label_mix,
            latency_ms: guards.latency_ms,
            latency_factor: guards.latency_factor,
            cool_down_minutes: guards.cool_down_minutes,
        }
    }
}

/// Something that speaks against the version on trial.
#[derive(SimpleObject)]
pub struct GuardFinding {
    /// What was looked at.
    signal: GuardSignal,
    /// The same in a sentence.
    message: String,
    /// The value of the version on trial. Null where the finding is no pair of values.
    trial: Option<f64>,
    /// The value it was held against. Null where the finding is no pair of values.
    control: Option<f64>,
    /// What was held against `threshold`: a difference, a divergence, a likelihood ratio, microseconds.
    measured: Option<f64>,
    /// Where it becomes a finding.
    threshold: Option<f64>,
}

impl From<guards::Finding> for GuardFinding {
    fn from(finding: guards::Finding) -> Self {
        Self {
            signal: finding.signal.into(),
            message: finding.message,
            trial: finding.trial,
            control: finding.control,
            measured: finding.measured,
            threshold: finding.threshold,
        }
    }
}

/// What one version did in a trial.
pub struct ModelArm {
    version: ModelVersionId,
    figures: guards::ArmFigures,
}

/// One arm of a trial in figures. `accepted` and `overridden` are of the whole time, the others of the newest
/// suggestions, at most 5000.
#[Object]
impl ModelArm {
    /// Who suggested.
    async fn version(&self, ctx: &Context<'_>) -> ApiResult<Option<ModelVersion>> {
        ModelVersion::load(ctx, Some(self.version)).await
    }

    /// Suggestions that people took over, of those the model was sure of.
    async fn accepted(&self) -> u64 {
        self.figures.accepted
    }

    /// Suggestions in whose place people chose something else, of those the model was sure of.
    async fn overridden(&self) -> u64 {
        self.figures.overridden
    }

    /// Share of the two that was overridden. Null while nothing was decided.
    async fn override_rate(&self) -> Option<f64> {
        self.figures.override_rate()
    }

    /// Suggestions behind the figures below.
    async fn sample(&self) -> u64 {
        self.figures.sample
    }

    /// Share of them in which the model was not sure. Null without any.
    async fn abstention_rate(&self) -> Option<f64> {
        self.figures.abstention_rate
    }

    /// Mean calibrated probability. Null without any.
    async fn mean_probability(&self) -> Option<f64> {
        self.figures.mean_probability
    }

    /// Mean share of words the model has never seen. Null where it was not measured.
    async fn new_word_share(&self) -> Option<f64> {
        self.figures.new_word_share
    }

    /// How often each label was suggested, by the category's id or the priority's name.
    async fn labels(&self) -> Json<BTreeMap<String, u64>> {
        let labels = self.figures.labels.iter();
        Json(labels.map(|(label, count)| (public_label(label), *count)).collect())
    }

    /// Time in microseconds that nineteen of twenty suggestions stay below. Null where it was not measured.
    async fn p95_us(&self) -> Option<u32> {
        self.figures.p95_us
    }
}

/// A label of an arm's figures as clients see it: a category's id with its noun, a priority as it is. What
/// earlier releases stored has the noun already.
fn public_label(label: &str) -> String {
    label.parse::<CategoryId>().map_or_else(|_| label.to_owned(), |id| public(id).0)
}

/// Evidence of a step as clients see it: the labels of both arms as in [`ModelArm`].
pub fn public_evidence(evidence: &Value) -> Value {
    let mut shown = evidence.clone();
    for arm in ["/trial/labels", "/control/labels"] {
        if let Some(Value::Object(labels)) = shown.pointer_mut(arm) {
            let all = std::mem::take(labels).into_iter();
            *labels = all.map(|(label, count)| (public_label(&label), count)).collect();
        }
    }
    shown
}

/// The two arms of what is on trial: a candidate in canary and the champion in the same time, or a champion of
/// at most a week and the previous one in the fortnight before the change.
#[derive(SimpleObject)]
pub struct ModelComparison {
    /// The version that would be taken back.
    trial: ModelArm,
    /// The version it is held against.
    control: ModelArm,
    /// What the guards have against `trial` now; with anything in it, the version is about to be taken back.
    findings: Vec<GuardFinding>,
}

impl From<ArmComparison> for ModelComparison {
    fn from(comparison: ArmComparison) -> Self {
        Self {
            trial: ModelArm { version: comparison.trial_id, figures: comparison.trial },
            control: ModelArm { version: comparison.control_id, figures: comparison.control },
            findings: comparison.findings.into_iter().map(Into::into).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn evidence_names_categories_by_their_public_ids_whichever_release_stored_it() {
        let (now, before) = (CategoryId::new(), CategoryId::new());
        let stored = json!({
            "findings": [{ "signal": "label_mix" }],
            "trial": { "sample": 3, "labels": { now.to_string(): 2, "urgent": 1 } },
            "control": { "labels": { format!("category_{before}"): 4 } },
        });
        let shown = json!({
            "findings": [{ "signal": "label_mix" }],
            "trial": { "sample": 3, "labels": { format!("category_{now}"): 2, "urgent": 1 } },
            "control": { "labels": { format!("category_{before}"): 4 } },
        });
        assert_eq!(public_evidence(&stored), shown);
        let other = json!({ "validation": { "sample": 60 } });
        assert_eq!(public_evidence(&other), other);
    }
}

//! Where guards hit, and how an admin changes it.

use serde::{Deserialize, Serialize};

use crate::error::{Error, FieldErrors, Result};

/// An arm's figures are of at most so many suggestions: a larger minimum would never be reached.
const SAMPLE_MAX: f64 = crate::models::compare::SAMPLE as f64;

/// Thresholds of one kind's guards.
///
/// | field | default | range | what |
/// |---|---|---|---|
/// | `alpha` | 0.05 | 0.001..=0.5 | chance that the override guard ever takes back a version that is no worse |
/// | `minimum_decided` | 30 | 10..=10,000 | decided suggestions each arm needs for the override guard |
/// | `minimum_sample` | 100 | 10..=5000 | suggestions each arm needs for abstentions, confidence, new words and latency |
/// | `shift` | 0.15 | 0.01..=1 | largest difference between the arms that is no hit, beyond √(1/n + 1/m) for chance, for abstentions, confidence and new words |
/// | `label_mix_sample` | 200 | 10..=5000 | suggestions each arm needs for the label mix |
/// | `label_mix` | 0.2 | 0.01..=1 | largest Jensen–Shannon divergence (base 2) that is no hit |
/// | `latency_ms` | 20 | 1..=60,000 | 95th percentile below which no suggestion is slow |
/// | `latency_factor` | 5 | 1..=1000 | how many times slower than the control a slow one is |
/// | `cool_down_minutes` | 60 | 0..=10,080 | pause after a candidate was taken back |
///
/// 1 switches a shift or the label mix off: no difference is larger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Guards {
    pub alpha: f64,
    pub minimum_decided: u32,
    pub minimum_sample: u32,
    pub shift: f64,
    pub label_mix_sample: u32,
    pub label_mix: f64,
    pub latency_ms: u32,
    pub latency_factor: f64,
    pub cool_down_minutes: u32,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            alpha: 0.05,
            minimum_decided: 30,
            minimum_sample: 100,
            shift: 0.15,
            label_mix_sample: 200,
            label_mix: 0.2,
            latency_ms: 20,
            latency_factor: 5.0,
            cool_down_minutes: 60,
        }
    }
}

/// Thresholds to change; `None` leaves one as it is.
#[derive(Debug, Clone, Default)]
pub struct GuardsChange {
    pub alpha: Option<f64>,
    pub minimum_decided: Option<u32>,
    pub minimum_sample: Option<u32>,
    pub shift: Option<f64>,
    pub label_mix_sample: Option<u32>,
    pub label_mix: Option<f64>,
    pub latency_ms: Option<u32>,
    pub latency_factor: Option<f64>,
    pub cool_down_minutes: Option<u32>,
}

impl GuardsChange {
    /// The thresholds after the change.
    pub fn of(self, before: &Guards) -> Guards {
        Guards {
            alpha: self.alpha.unwrap_or(before.alpha),
            minimum_decided: self.minimum_decided.unwrap_or(before.minimum_decided),
            minimum_sample: self.minimum_sample.unwrap_or(before.minimum_sample),
            shift: self.shift.unwrap_or(before.shift),
            label_mix_sample: self.label_mix_sample.unwrap_or(before.label_mix_sample),
            label_mix: self.label_mix.unwrap_or(before.label_mix),
            latency_ms: self.latency_ms.unwrap_or(before.latency_ms),
            latency_factor: self.latency_factor.unwrap_or(before.latency_factor),
            cool_down_minutes: self.cool_down_minutes.unwrap_or(before.cool_down_minutes),
        }
    }
}

impl Guards {
    /// # Errors
    /// [`Error::Invalid`] with every threshold out of its range.
    pub fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        let mut within = |path, value: f64, least: f64, most: f64| {
            if !(least..=most).contains(&value) {
                errors.add(path, format!("must be {least} to {most}, got {value}"));
            }
        };
        within("alpha", self.alpha, 0.001, 0.5);
        within("minimumDecided", self.minimum_decided.into(), 10.0, 10_000.0);
        within("minimumSample", self.minimum_sample.into(), 10.0, SAMPLE_MAX);
        within("shift", self.shift, 0.01, 1.0);
        within("labelMixSample", self.label_mix_sample.into(), 10.0, SAMPLE_MAX);
        within("labelMix", self.label_mix, 0.01, 1.0);
        within("latencyMs", self.latency_ms.into(), 1.0, 60_000.0);
        within("latencyFactor", self.latency_factor, 1.0, 1000.0);
        within("coolDownMinutes", self.cool_down_minutes.into(), 0.0, 10_080.0);
        errors.into_result()
    }

    /// What is missing in the text has its default.
    pub(in crate::models) fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(Error::internal)
    }

    pub(in crate::models) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers")
    }
}

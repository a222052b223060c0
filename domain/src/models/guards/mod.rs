//! When a version on trial is taken back without asking anybody: pure rules over two arms' figures.
//!
//! The *trial* arm is what the version under watch suggested, the *control* arm what it is held against.
//! Every rule asks for a minimum sample first and compares the arms with each other, never with an
//! absolute number, so that a hard week hits both alike.

mod divergence;
mod sequential;

use serde::{Deserialize, Serialize};

use crate::error::{Error, FieldErrors, Result};

pub use divergence::jensen_shannon;
pub use sequential::{Proportion, mixture_likelihood_ratio};

crate::text_enum! {
    /// What a guard looks at.
    pub enum Signal {
        /// People chose something else than was suggested.
        Overrides = "overrides",
        /// The model was not sure.
        Abstentions = "abstentions",
        /// Mean of the calibrated probabilities.
        Confidence = "confidence",
        /// Words that the model has never seen.
        NewWords = "new_words",
        /// Which labels are suggested how often.
        LabelMix = "label_mix",
        /// Time a suggestion takes.
        Latency = "latency",
        /// The artefact cannot be used, or fails on a ticket.
        Faults = "faults",
    }
}

/// Thresholds of one kind's guards.
///
/// | field | default | range | what |
/// |---|---|---|---|
/// | `alpha` | 0.05 | 0.001..=0.5 | chance that the override guard ever takes back a version that is no worse |
/// | `minimum_decided` | 30 | 10..=10,000 | decided suggestions each arm needs for the override guard |
/// | `minimum_sample` | 100 | 10..=10,000 | suggestions each arm needs for abstentions, confidence, new words and latency |
/// | `shift` | 0.15 | 0.01..=1 | largest difference between the arms that is no hit, for abstentions, confidence and new words |
/// | `label_mix_sample` | 200 | 10..=10,000 | suggestions each arm needs for the label mix |
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

/// What one arm did.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Suggestions that people took over, of those the model was sure of.
    pub accepted: u64,
    /// Suggestions in whose place people chose something else, of those the model was sure of.
    pub overridden: u64,
    /// Suggestions behind the figures below: the newest of the arm.
    pub sample: u64,
    /// Share of the sample in which the model was not sure.
    pub abstention_rate: Option<f64>,
    /// Mean calibrated probability of the sample.
    pub mean_probability: Option<f64>,
    /// Mean share of words that the model has never seen; `None` where it was not measured.
    pub new_word_share: Option<f64>,
    /// How often each label was suggested, by the label's id or name.
    pub labels: std::collections::BTreeMap<String, u64>,
    /// 95th percentile of the time a suggestion took, in microseconds; `None` where it was not measured.
    pub p95_us: Option<u32>,
}

impl Figures {
    /// Suggestions that people took over or replaced.
    pub fn decided(&self) -> u64 {
        self.accepted + self.overridden
    }

    /// Share of the decided suggestions that people replaced.
    pub fn override_rate(&self) -> Option<f64> {
        (self.decided() > 0).then(|| self.overridden as f64 / self.decided() as f64)
    }
}

/// Why a version is taken back: one signal with both arms' values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub signal: Signal,
    /// A sentence for people.
    pub message: String,
    pub trial: Option<f64>,
    pub control: Option<f64>,
    /// What was held against `threshold`: a difference, a divergence, a likelihood ratio.
    pub measured: Option<f64>,
    pub threshold: Option<f64>,
}

impl Guards {
    /// Everything that speaks against the trial arm; empty while all is well or too little is known.
    pub fn judge(&self, trial: &Figures, control: &Figures) -> Vec<Finding> {
        let shifts = [
            self.shifted(Signal::Abstentions, trial, control, |arm| arm.abstention_rate),
            self.shifted(Signal::Confidence, trial, control, |arm| arm.mean_probability),
            self.shifted(Signal::NewWords, trial, control, |arm| arm.new_word_share),
        ];
        let others = [
            self.overridden(trial, control),
            self.label_mix(trial, control),
            self.slow(trial, control),
        ];
        others.into_iter().chain(shifts).flatten().collect()
    }

    /// A sequential test may look after every decision: the chance of ever being wrong stays `alpha`.
    fn overridden(&self, trial: &Figures, control: &Figures) -> Option<Finding> {
        let least = u64::from(self.minimum_decided);
        let (a, b) = (trial.override_rate()?, control.override_rate()?);
        if trial.decided() < least || control.decided() < least || a <= b {
            return None;
        }
        let of = |arm: &Figures| Proportion { hits: arm.overridden, of: arm.decided() };
        let (ratio, threshold) =
            (mixture_likelihood_ratio(of(trial), of(control)), 1.0 / self.alpha);
        (ratio >= threshold).then(|| Finding {
            signal: Signal::Overrides,
            message: format!(
                "people replaced {} of {} suggestions, against {} of {}",
                trial.overridden,
                trial.decided(),
                control.overridden,
                control.decided()
            ),
            trial: Some(a),
            control: Some(b),
            measured: Some(ratio),
            threshold: Some(threshold),
        })
    }

    fn shifted(
        &self,
        signal: Signal,
        trial: &Figures,
        control: &Figures,
        value: impl Fn(&Figures) -> Option<f64>,
    ) -> Option<Finding> {
        if !are_enough(self.minimum_sample, trial, control) {
            return None;
        }
        let (a, b) = (value(trial)?, value(control)?);
        let shift = (a - b).abs();
        (shift > self.shift).then(|| Finding {
            signal,
            message: format!("{} went from {b:.3} to {a:.3}", signal.describe()),
            trial: Some(a),
            control: Some(b),
            measured: Some(shift),
            threshold: Some(self.shift),
        })
    }

    fn label_mix(&self, trial: &Figures, control: &Figures) -> Option<Finding> {
        if !are_enough(self.label_mix_sample, trial, control) {
            return None;
        }
        let measured = jensen_shannon(&trial.labels, &control.labels)?;
        (measured > self.label_mix).then(|| Finding {
            signal: Signal::LabelMix,
            message: format!(
                "labels are suggested in another mix: Jensen\u{2013}Shannon divergence {measured:.3}"
            ),
            trial: None,
            control: None,
            measured: Some(measured),
            threshold: Some(self.label_mix),
        })
    }

    fn slow(&self, trial: &Figures, control: &Figures) -> Option<Finding> {
        if !are_enough(self.minimum_sample, trial, control) {
            return None;
        }
        let (a, b) = (f64::from(trial.p95_us?), f64::from(control.p95_us?));
        let threshold = (f64::from(self.latency_ms) * 1000.0).max(b * self.latency_factor);
        (a > threshold).then(|| Finding {
            signal: Signal::Latency,
            message: format!(
                "one suggestion in twenty takes longer than {:.1} ms, against {:.1} ms",
                a / 1000.0,
                b / 1000.0
            ),
            trial: Some(a),
            control: Some(b),
            measured: Some(a),
            threshold: Some(threshold),
        })
    }

    /// # Errors
    /// [`Error::Invalid`] with every threshold that is out of its range.
    pub fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        let mut within = |path, value: f64, least: f64, most: f64| {
            if !(least..=most).contains(&value) {
                errors.add(path, format!("must be {least} to {most}, got {value}"));
            }
        };
        within("alpha", self.alpha, 0.001, 0.5);
        within("minimumDecided", self.minimum_decided.into(), 10.0, 10_000.0);
        within("minimumSample", self.minimum_sample.into(), 10.0, 10_000.0);
        within("shift", self.shift, 0.01, 1.0);
        within("labelMixSample", self.label_mix_sample.into(), 10.0, 10_000.0);
        within("labelMix", self.label_mix, 0.01, 1.0);
        within("latencyMs", self.latency_ms.into(), 1.0, 60_000.0);
        within("latencyFactor", self.latency_factor, 1.0, 1000.0);
        within("coolDownMinutes", self.cool_down_minutes.into(), 0.0, 10_080.0);
        errors.into_result()
    }

    /// What is missing in the text has its default.
    pub(super) fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(Error::internal)
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers")
    }
}

impl Signal {
    fn describe(self) -> &'static str {
        match self {
            Self::Overrides => "the share of replaced suggestions",
            Self::Abstentions => "the share of unsure suggestions",
            Self::Confidence => "the mean probability",
            Self::NewWords => "the share of unknown words",
            Self::LabelMix => "the label mix",
            Self::Latency => "the time of a suggestion",
            Self::Faults => "the number of faults",
        }
    }
}

fn are_enough(least: u32, trial: &Figures, control: &Figures) -> bool {
    trial.sample.min(control.sample) >= u64::from(least)
}

#[cfg(test)]
mod tests;

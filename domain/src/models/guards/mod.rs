//! When a version on trial is taken back without asking anybody: pure rules over two arms' figures.
//!
//! The *trial* arm is what the version under watch suggested, the *control* arm what it is held against.
//! Every rule asks for a minimum sample first and compares the arms with each other, never with an
//! absolute number, so that a hard week hits both alike.

mod divergence;
mod sequential;
mod thresholds;

use serde::{Deserialize, Serialize};

pub use divergence::{divergence_by_chance, jensen_shannon};
pub use sequential::{Proportion, mixture_likelihood_ratio};
pub use thresholds::{Guards, GuardsChange};

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

/// What one arm did.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ArmFigures {
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
    /// How often each label was suggested, by the category's id (32 hex digits) or the priority's name. In
    /// evidence of earlier releases `category_` stands before the id.
    pub labels: std::collections::BTreeMap<String, u64>,
    /// 95th percentile of the time a suggestion took, in microseconds; `None` where it was not measured.
    pub p95_us: Option<u32>,
}

impl ArmFigures {
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
    pub fn judge(&self, trial: &ArmFigures, control: &ArmFigures) -> Vec<Finding> {
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
    fn overridden(&self, trial: &ArmFigures, control: &ArmFigures) -> Option<Finding> {
        let least = u64::from(self.minimum_decided);
        let (a, b) = (trial.override_rate()?, control.override_rate()?);
        if trial.decided() < least || control.decided() < least || a <= b {
            return None;
        }
        let of = |arm: &ArmFigures| Proportion { hits: arm.overridden, of: arm.decided() };
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
        trial: &ArmFigures,
        control: &ArmFigures,
        value: impl Fn(&ArmFigures) -> Option<f64>,
    ) -> Option<Finding> {
        if !are_enough(self.minimum_sample, trial, control) {
            return None;
        }
        let (a, b) = (value(trial)?, value(control)?);
        let shift = (a - b).abs();
        // Looked at every few seconds, so chance gets its part: two standard errors of values between
        // 0 and 1, whose deviation is at most a half.
        let chance = (1.0 / trial.sample as f64 + 1.0 / control.sample as f64).sqrt();
        let threshold = self.shift + chance;
        (shift > threshold).then(|| Finding {
            signal,
            message: format!("{} went from {b:.3} to {a:.3}", signal.describe()),
            trial: Some(a),
            control: Some(b),
            measured: Some(shift),
            threshold: Some(threshold),
        })
    }

    fn label_mix(&self, trial: &ArmFigures, control: &ArmFigures) -> Option<Finding> {
        if !are_enough(self.label_mix_sample, trial, control) {
            return None;
        }
        let divergence = jensen_shannon(&trial.labels, &control.labels)?;
        // Many labels and few tickets differ by chance alone.
        let measured = (divergence - divergence_by_chance(&trial.labels, &control.labels)).max(0.0);
        (measured > self.label_mix).then(|| Finding {
            signal: Signal::LabelMix,
            message: format!(
                "labels are suggested in another mix: Jensen\u{2013}Shannon divergence {measured:.3} above chance"
            ),
            trial: None,
            control: None,
            measured: Some(measured),
            threshold: Some(self.label_mix),
        })
    }

    fn slow(&self, trial: &ArmFigures, control: &ArmFigures) -> Option<Finding> {
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

fn are_enough(least: u32, trial: &ArmFigures, control: &ArmFigures) -> bool {
    trial.sample.min(control.sample) >= u64::from(least)
}

#[cfg(test)]
mod tests;

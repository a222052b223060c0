//! What a model tells about itself.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::calibrate::Calibration;
use crate::classifier::Blend;
use crate::dataset::LabelKind;
use crate::evaluate::Metrics;
use crate::features::FeatureConfig;
use crate::onnx::Layout;

/// Everything about a model but its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Which label the model suggests.
    pub label_kind: LabelKind,
    /// Each once, at least two; sorted, but for networks whose outputs are labels: in the outputs' order.
    pub labels: Vec<String>,
    /// Tickets of each label the model learned from; of a network those it was calibrated on.
    pub tickets_per_label: Vec<usize>,
    /// When the newest ticket it learned from was made; `None` without times.
    pub newest_ticket_at: Option<DateTime<Utc>>,
    /// Networks make nothing of it.
    pub features: FeatureConfig,
    pub classifier: Kind,
    /// How scores become probabilities.
    pub calibration: Calibration,
    /// The model abstains below this probability.
    pub threshold: f64,
    /// False if no threshold reached the target precision on the held-back tickets.
    pub is_threshold_measured: bool,
    /// Measured on the held-back tickets, before the last fit on all of them.
    pub held_back: Metrics,
    /// Languages of the tickets it learned from, as [`crate::language::detect`] names them, with how many
    /// of a sample were reliably in each; most first.
    pub languages: Vec<(String, usize)>,
    /// Share of the held-back tickets' words that no older ticket had: what is usual for this desk.
    pub new_word_share: f64,
}

/// How the weights were learned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// Softmax regression and naive Bayes, blended into one linear model.
    Blend {
        blend: Blend,
        /// Inverse regularisation of the softmax regression.
        c: f32,
        /// Smoothing of naive Bayes.
        alpha: f64,
    },
    /// Multinomial naive Bayes alone: what every other model is compared with.
    NaiveBayes { alpha: f64 },
    /// A network that the desk brought along.
    Onnx(Layout),
}

impl Header {
    /// Sizes that do not fit together would panic at the first ticket instead of while reading.
    pub(super) fn fits_together(&self) -> bool {
        let classes = self.labels.len();
        let is_layout_valid = match self.classifier {
            Kind::Onnx(layout) => layout.is_valid(),
            _ => true,
        };
        classes >= 2
            && self.tickets_per_label.len() == classes
            && self.features.is_valid()
            && is_layout_valid
    }
}

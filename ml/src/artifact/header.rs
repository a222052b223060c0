//! What a model tells about itself.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::calibrate::Calibration;
use crate::classifier::{LinearHead, NaiveBayesParams};
use crate::dataset::LabelKind;
use crate::evaluate::Metrics;
use crate::features::FeatureConfig;

/// Everything about a model but its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Which label the model suggests.
    pub label_kind: LabelKind,
    /// Sorted, each once, at least two.
    pub labels: Vec<String>,
    /// Tickets of each label the model learned from.
    pub tickets_per_label: Vec<usize>,
    /// When the newest ticket it learned from was made; `None` without times.
    pub newest_ticket_at: Option<DateTime<Utc>>,
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
    pub(crate) linear: LinearHead,
}

/// How the weights were learned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    NaiveBayes(NaiveBayesParams),
}

impl Header {
    /// Sizes that do not fit together would panic at the first ticket instead of while reading.
    pub(super) fn fits_together(&self) -> bool {
        let classes = self.labels.len();
        let LinearHead { bias, unit, .. } = &self.linear;
        classes >= 2
            && [self.tickets_per_label.len(), bias.len(), unit.len()] == [classes; 3]
            && self.features.is_valid()
    }
}

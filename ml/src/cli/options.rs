//! What verbs have in common: the options of a training, and reading a model.

use std::path::Path;

use anyhow::Context;
use clap::Args;
use deskwire_ml::artifact::MODEL_BYTES_MAX;
use deskwire_ml::dataset::LabelKind;
use deskwire_ml::features::FeatureConfig;
use deskwire_ml::predict::Model;
use deskwire_ml::train::TrainConfig;

#[derive(Debug, Args)]
pub struct TrainOptions {
    /// Label that means "belongs to no category"; never suggested. Empty: every label is learned.
    #[arg(long, value_name = "LABEL", default_value = "out_of_scope")]
    pub no_label: String,
    /// Share of decided tickets that should be right; below its threshold the model abstains.
    #[arg(long, value_name = "0..1", default_value_t = 0.9)]
    pub target_precision: f64,
    /// Plain naive Bayes on counts of words: what every other model is compared with
    #[arg(long)]
    pub baseline: bool,
    /// Picks the held-back tenth where tickets have no time.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

impl TrainOptions {
    pub fn config(&self, label_kind: LabelKind) -> TrainConfig {
        TrainConfig {
            label_kind,
            no_label: Some(self.no_label.clone()).filter(|label| !label.is_empty()),
            target_precision: self.target_precision,
            seed: self.seed,
            features: FeatureConfig { plain: self.baseline, ..FeatureConfig::default() },
        }
    }
}

/// How large a model may be.
#[derive(Debug, Clone, Copy, Args)]
pub struct ModelLimit {
    /// Megabytes that a model may unpack to; larger ones are refused
    #[arg(long, env = "DESKWIRE_MAX_MODEL_MB", value_name = "MB")]
    #[arg(default_value_t = MODEL_BYTES_MAX >> 20, value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    max_model_mb: u64,
}

impl ModelLimit {
    pub fn bytes(self) -> u64 {
        self.max_model_mb << 20
    }
}

pub fn read_model(file: &Path, limit: u64) -> anyhow::Result<Model> {
    let bytes = std::fs::read(file)
        .with_context(|| format!("{}: cannot be read; check the path", file.display()))?;
    Model::from_bytes_within(&bytes, limit).with_context(|| file.display().to_string())
}

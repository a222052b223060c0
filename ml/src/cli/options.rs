//! What verbs have in common: the options of a training, and reading a model.

use std::path::Path;

use anyhow::Context;
use clap::Args;
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

pub fn read_model(file: &Path) -> anyhow::Result<Model> {
    let bytes = std::fs::read(file)
        .with_context(|| format!("{}: cannot be read; check the path", file.display()))?;
    Model::from_bytes(&bytes).with_context(|| file.display().to_string())
}

//! `deskwire-ml train`: from files of tickets to a model.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use deskwire_ml::dataset::Dataset;
use deskwire_ml::train::{Trained, train};
use serde_json::json;

use super::options::TrainOptions;
use super::{progress, table};

/// Learn a model from labelled tickets and write it to a file.
///
/// The newest tenth of the tickets (a random tenth if they have no times) is held back to choose
/// settings and to measure; then the model is fitted on all of them. The same tickets and options
/// always give the same file.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  deskwire-ml train --from tickets.jsonl.gz --out category.model
  deskwire-ml train --from 2024.jsonl 2025.jsonl --label priority --out priority.model --json")]
pub struct Train {
    /// Files of tickets.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    from: Vec<PathBuf>,
    /// Where the model is written; an existing file is replaced.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    options: TrainOptions,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

impl Train {
    pub fn run(self) -> anyhow::Result<()> {
        let step = progress::step("Reading and training");
        let dataset = Dataset::read(&self.from, self.options.label)?;
        let trained = train(&dataset, &self.options.config())?;
        let bytes = trained.model.to_bytes();
        step.finish_and_clear();
        std::fs::write(&self.out, &bytes).with_context(|| {
            format!("{}: cannot be written; check folder and rights", self.out.display())
        })?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&self.as_json(&trained, bytes.len()))?);
        } else {
            print!("{}", self.as_text(&trained, bytes.len()));
        }
        Ok(())
    }

    fn as_json(&self, trained: &Trained, size_bytes: usize) -> serde_json::Value {
        let Trained { model, report } = trained;
        json!({
            "model": self.out,
            "hash": model.hash(),
            "size_bytes": size_bytes,
            "label": self.options.label,
            "labels": model.labels(),
            "classifier": model.header().classifier,
            "tickets": report.tickets,
            "unlabelled": report.unlabelled,
            "threshold": model.header().threshold,
            "is_threshold_measured": model.header().is_threshold_measured,
            "held_back": report.held_back,
        })
    }

    fn as_text(&self, trained: &Trained, size_bytes: usize) -> String {
        let Trained { model, report } = trained;
        let unmeasured = if model.header().is_threshold_measured {
            ""
        } else {
            " (the target precision: no threshold reached it on the held-back tickets)"
        };
        format!(
            "Learned {} labels from {} tickets ({} without a label left out).\n\
             Wrote {} ({} KB, {}).\n\
             Decides from a probability of {}{unmeasured}.\n\n\
             On the held-back tickets, before the last fit:\n{}",
            model.labels().len(),
            report.tickets,
            report.unlabelled,
            self.out.display(),
            size_bytes.div_ceil(1024),
            model.hash(),
            table::percent(model.header().threshold),
            table::metrics(&report.held_back),
        )
    }
}

//! `deskwire-ml evaluate`: train on some tickets, measure on others.

mod predictions;

use std::fmt;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use deskwire_ml::dataset::{Dataset, Example, LabelKind};
use deskwire_ml::desk::recorded;
use deskwire_ml::evaluate::{Metrics, Outcome, metrics};
use deskwire_ml::predict::{Model, Suggestion};
use deskwire_ml::train::train;
use serde::Serialize;
use serde_json::json;

use super::desk::DeskOptions;
use super::options::{TrainOptions, read_model};
use super::{output, progress, table};

/// Measure suggestions on tickets whose labels are known.
///
/// Trains on --train, or takes a finished --model. Labels compare exactly as they are written. A
/// label the model never learned can only be wrong, and shows whether the model abstains.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  deskwire-ml evaluate --train old.jsonl.gz --test new.jsonl.gz
  deskwire-ml evaluate --train old.jsonl --test new.jsonl --label priority --json
  deskwire-ml evaluate --model category.model --test new.jsonl --predictions said.jsonl
  deskwire-ml evaluate --baseline --train old.jsonl --test new.jsonl   plain naive Bayes
  deskwire-ml evaluate --recorded --test new.jsonl   what the worker said on the desk

Predictions are one JSON object for every test ticket, oldest first:
  {\"id\", \"category\", \"confidence\", \"ranked\", \"abstained\"} or
  {\"id\", \"priority\", \"priority_confidence\", \"priority_score\", \"abstained\"}
The best label is named even where the model abstains; it is null where no word of the
ticket is known. priority_score grows with urgency.")]
pub struct Evaluate {
    /// Files of tickets to learn from.
    #[arg(long, value_name = "FILE", num_args = 1.., required_unless_present_any = ["model", "recorded"])]
    train: Vec<PathBuf>,
    /// A model written by `deskwire-ml train`, instead of training one.
    #[arg(long, value_name = "FILE", conflicts_with = "train")]
    model: Option<PathBuf>,
    /// Files of tickets to measure on.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    test: Vec<PathBuf>,
    /// Write what the model says about every test ticket.
    #[arg(long, value_name = "OUT.jsonl")]
    predictions: Option<PathBuf>,
    /// Measure what the worker suggested on the desk for these tickets, found by external id
    #[arg(long, conflicts_with_all = ["train", "model", "predictions"])]
    recorded: bool,
    /// The import's name of these tickets, with --recorded
    #[arg(long, value_name = "NAME", default_value = "import")]
    source: String,
    /// Which label to measure
    #[arg(long, value_enum, default_value = "category")]
    label: LabelKind,
    #[command(flatten)]
    options: TrainOptions,
    #[command(flatten)]
    desk: DeskOptions,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

impl Evaluate {
    pub async fn run(self) -> anyhow::Result<()> {
        if self.recorded {
            return self.run_recorded().await;
        }
        let step = progress::step("Reading and training");
        let tests = Dataset::read(&self.test, self.label)?;
        let begun = Instant::now();
        let model = self.model()?;
        let train_ms = begun.elapsed().as_millis() as u64;
        step.finish_and_clear();
        anyhow::ensure!(
            model.header().label_kind == self.label,
            "the model suggests {}; say --label {0}",
            model.header().label_kind.as_str()
        );
        let bar = progress::bar("Measuring", tests.len());
        let mut took_us = Vec::with_capacity(tests.len());
        let mut said = Vec::with_capacity(tests.len());
        for example in tests.examples() {
            let begun = Instant::now();
            said.push((example, model.suggest(&example.text)));
            took_us.push(begun.elapsed().as_nanos() as f64 / 1000.0);
            bar.inc(1);
        }
        bar.finish_and_clear();
        took_us.sort_by(f64::total_cmp);
        if let Some(file) = &self.predictions {
            predictions::write(file, &model, &said)
                .with_context(|| format!("{}: cannot be written", file.display()))?;
        }
        let outcomes: Vec<_> = said.iter().filter_map(|(e, s)| outcome(&model, e, s)).collect();
        let figures = Figures {
            train_ms: self.model.is_none().then_some(train_ms),
            artifact_bytes: model.to_bytes().len(),
            predict_us_p50: took_us.get(took_us.len() / 2).copied().unwrap_or_default(),
            average_precision: predictions::average_precision(&model, &said),
        };
        let threshold = Some(model.header().threshold);
        self.print(model.hash(), threshold, Some(&figures), &metrics(&outcomes))
    }

    async fn run_recorded(&self) -> anyhow::Result<()> {
        let tests = Dataset::read(&self.test, self.label)?;
        let desk = self.desk.start()?;
        let mut conn = desk.conn().await.context("is DESKWIRE_DATABASE_URL right?")?;
        let (outcomes, missing) = recorded(&mut conn, &self.source, &tests, self.label).await?;
        if missing > 0 {
            eprintln!("{missing} of these tickets have no suggestion on this desk (yet).");
        }
        self.print("recorded", None, None, &metrics(&outcomes))
    }

    fn model(&self) -> anyhow::Result<Model> {
        if let Some(file) = &self.model {
            return read_model(file, self.desk.model_bytes_max());
        }
        let dataset = Dataset::read(&self.train, self.label)?;
        Ok(train(&dataset, &self.options.config(self.label))?.model)
    }

    fn print(
        &self,
        model: &str,
        threshold: Option<f64>,
        figures: Option<&Figures>,
        metrics: &Metrics,
    ) -> anyhow::Result<()> {
        if self.json {
            let result = json!({
                "label": self.label,
                "model": model,
                "threshold": threshold,
                "figures": figures,
                "metrics": metrics,
            });
            output::result(serde_json::to_string_pretty(&result)?)?;
        } else {
            let decides =
                threshold.map(|t| format!("decides from          {}\n", table::percent(t)));
            let figures = figures.map(ToString::to_string).unwrap_or_default();
            output::result(figures + &decides.unwrap_or_default() + &table::metrics(metrics))?;
        }
        Ok(())
    }
}

/// What a model costs, and how well it ranks by urgency.
#[derive(Debug, Serialize)]
struct Figures {
    /// Reading the texts, choosing, fitting; not the files. `None` for a finished model.
    train_ms: Option<u64>,
    artifact_bytes: usize,
    /// Median of one ticket with its reasons, in microseconds.
    predict_us_p50: f64,
    /// Of the more urgent of two priorities; `None` for other labels.
    average_precision: Option<f64>,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(ms) = self.train_ms {
            writeln!(f, "trained in            {:.1} s", ms as f64 / 1000.0)?;
        }
        writeln!(f, "model                 {} KB", self.artifact_bytes.div_ceil(1024))?;
        writeln!(f, "a ticket (median)     {:.0} µs with its reasons", self.predict_us_p50)?;
        match self.average_precision {
            Some(ap) => writeln!(f, "average precision     {ap:.3}"),
            None => Ok(()),
        }
    }
}

/// `None` for tickets nobody labelled: they are predicted but not measured.
fn outcome(model: &Model, example: &Example, said: &Suggestion) -> Option<Outcome> {
    let truth = example.label.clone()?;
    Some(Outcome {
        is_known: model.labels().contains(&truth),
        ranked: predictions::named(said).into_iter().cloned().collect(),
        probability: said.probability,
        abstained: said.abstained,
        truth,
    })
}

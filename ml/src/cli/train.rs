//! `deskwire-ml train`: from labelled tickets to a model, on the desk or in a file.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use deskwire_ml::dataset::{Dataset, LabelKind};
use deskwire_ml::desk;
use deskwire_ml::train::{TrainError, Trained, train};
use serde_json::json;

use super::desk::DeskOptions;
use super::options::TrainOptions;
use super::{output, progress, table};

/// Learn models from tickets that people labelled.
///
/// Without --out the models are registered on the desk: learned from the desk's own tickets, or from files
/// with --from. The first of its kind suggests from then on; later ones wait until an admin rolls them out
/// (startShadow, startCanary, promoteModel in the graph), or --promote is given. With --out a model is only
/// written to that file.
///
/// The newest tenth of the tickets (a random tenth if they have no times) is held back to choose
/// settings and to measure; then the model is fitted on all of them. The same tickets and options
/// always give the same model.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  deskwire-ml train                             category and priority, from the desk's tickets
  deskwire-ml train --label category
  deskwire-ml train --promote \"learned the new categories\"
  deskwire-ml train --from old-desk.jsonl.gz --label category
  deskwire-ml train --from 2025.jsonl --label priority --out priority.model --json")]
pub struct Train {
    /// Files of tickets; the desk's own tickets if not given
    #[arg(long, value_name = "FILE", num_args = 1..)]
    from: Vec<PathBuf>,
    /// Read the desk's own tickets; the default without --from
    #[arg(long, conflicts_with = "from")]
    from_desk: bool,
    /// Write the model to this file, replacing it, instead of registering it on the desk
    #[arg(long, value_name = "FILE", requires = "from")]
    out: Option<PathBuf>,
    /// Which label to learn; both if not given, category with --out
    #[arg(long, value_enum)]
    label: Option<LabelKind>,
    /// Let the new versions suggest at once, past validation and trial; the history keeps the reason
    #[arg(long, value_name = "REASON", conflicts_with = "out")]
    promote: Option<String>,
    #[command(flatten)]
    options: TrainOptions,
    #[command(flatten)]
    desk: DeskOptions,
    /// Print the result as JSON, one object a model
    #[arg(long)]
    json: bool,
}

impl Train {
    pub async fn run(self) -> anyhow::Result<()> {
        if let Some(out) = &self.out {
            let kind = self.label.unwrap_or(LabelKind::Category);
            let trained = self.train(Dataset::read(&self.from, kind)?, kind).await??;
            let bytes = trained.model.to_bytes();
            std::fs::write(out, &bytes).with_context(|| {
                format!("{}: cannot be written; check folder and rights", out.display())
            })?;
            return self.print(&trained, bytes.len(), &out.display().to_string());
        }
        match self.label {
            Some(kind) => self.train_desk(kind).await??,
            None => self.train_both().await?,
        }
        Ok(())
    }

    /// A kind that nobody labelled yet is skipped, as long as there is something to learn at all.
    async fn train_both(&self) -> anyhow::Result<()> {
        let category = self.train_desk(LabelKind::Category).await?;
        let priority = self.train_desk(LabelKind::Priority).await?;
        match (category, priority) {
            (Err(category), Err(_)) => Err(category.into()),
            (Err(error), Ok(())) => {
                eprintln!("No category model: {error}.");
                Ok(())
            }
            (Ok(()), Err(error)) => {
                eprintln!("No priority model: {error}.");
                Ok(())
            }
            (Ok(()), Ok(())) => Ok(()),
        }
    }

    async fn train_desk(&self, kind: LabelKind) -> anyhow::Result<Result<(), TrainError>> {
        let running = self.desk.start()?;
        let mut conn = running.conn().await.context("is DESKWIRE_DATABASE_URL right?")?;
        let dataset = match self.from.is_empty() {
            true => desk::labelled(&mut conn, kind).await?,
            false => Dataset::read(&self.from, kind)?,
        };
        let trained = match self.train(dataset, kind).await? {
            Ok(trained) => trained,
            Err(error) => return Ok(Err(error)),
        };
        let store = self.desk.store()?;
        let version = match &self.promote {
            Some(reason) => desk::publish_as_champion(&mut conn, &store, &trained, reason).await?,
            None => desk::publish(&mut conn, &store, &trained).await?,
        };
        running.settle().await?;
        let state = if version.active { "the champion from now on" } else { "registered" };
        let place = format!("{} model, version {}, {state}", version.kind, version.number);
        self.print(&trained, version.artifact_bytes as usize, &place)?;
        if !version.active {
            eprintln!(
                "It suggests nothing yet. Try it in the graph, as an admin: startShadow, startCanary, \
                 promoteModel with kind {} and versionId \"model_{}\". To promote it give overrideReason: only \
                 trainModel holds a version against the champion.",
                version.kind.as_str().to_uppercase(),
                version.id
            );
        }
        Ok(Ok(()))
    }

    async fn train(
        &self,
        dataset: Dataset,
        kind: LabelKind,
    ) -> anyhow::Result<Result<Trained, TrainError>> {
        let config = self.options.config(kind);
        let step = progress::step("Training");
        let trained = tokio::task::spawn_blocking(move || train(&dataset, &config)).await?;
        step.finish_and_clear();
        Ok(trained)
    }

    fn print(&self, trained: &Trained, size_bytes: usize, place: &str) -> anyhow::Result<()> {
        if self.json {
            let result = self.as_json(trained, size_bytes, place);
            output::result(serde_json::to_string_pretty(&result)?)?;
        } else {
            output::result(self.as_text(trained, size_bytes, place))?;
        }
        Ok(())
    }

    fn as_json(&self, trained: &Trained, size_bytes: usize, place: &str) -> serde_json::Value {
        let Trained { model, report } = trained;
        json!({
            "model": place,
            "hash": model.hash(),
            "size_bytes": size_bytes,
            "label": model.header().label_kind,
            "labels": model.labels(),
            "classifier": model.header().classifier,
            "tickets": report.tickets,
            "unlabelled": report.unlabelled,
            "threshold": model.header().threshold,
            "is_threshold_measured": model.header().is_threshold_measured,
            "held_back": report.held_back,
        })
    }

    fn as_text(&self, trained: &Trained, size_bytes: usize, place: &str) -> String {
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
            place,
            size_bytes.div_ceil(1024),
            model.hash(),
            table::percent(model.header().threshold),
            table::metrics(&report.held_back),
        )
    }
}

//! `deskwire-ml train`: from labelled tickets to a model, on the desk or in a file.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::Args;
use deskwire_domain::Desk;
use deskwire_domain::models::runs::RunOptions;
use deskwire_ml::dataset::{Dataset, LabelKind};
use deskwire_ml::run::{Ended, Material, Watch, make};
use deskwire_ml::train::{TrainError, Trained, train};

use super::desk::DeskOptions;
use super::options::TrainOptions;
use super::{made, progress};

/// Learn models from tickets that people labelled.
///
/// Without --out this is what trainModel in the graph does, here and now: models are learned from the desk's own
/// tickets, or from files with --from, are compared with the champion on the tickets that were held back, and
/// are registered. The first of its kind suggests from then on; later ones wait until an admin rolls them
/// out (startShadow, startCanary, promoteModel in the graph), or --promote is given. With --out a model is only
/// written to that file.
///
/// The newest tenth of the tickets (a random tenth if they have no times) is held back to choose
/// settings and to measure; then the model is fitted on all of them. The same tickets and options
/// always give the same model.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  deskwire-ml train                             category and priority, from the desk's tickets
  deskwire-ml train --label category --minimum-per-label 20
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
    /// Leave labels with fewer of the desk's tickets out, 2 to 1000; of files every label is learned
    #[arg(long, value_name = "N", conflicts_with = "from", default_value_t = RunOptions::default().minimum_per_label)]
    minimum_per_label: u32,
    /// Only the desk's tickets created at this time or later, such as 2026-01-31T00:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with = "from")]
    created_from: Option<DateTime<Utc>>,
    /// Only the desk's tickets created before this time
    #[arg(long, value_name = "TIME", conflicts_with = "from")]
    created_to: Option<DateTime<Utc>>,
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
            let trained = self.train_file(Dataset::read(&self.from, kind)?, kind).await??;
            let bytes = trained.model.to_bytes();
            std::fs::write(out, &bytes).with_context(|| {
                format!("{}: cannot be written; check folder and rights", out.display())
            })?;
            return made::print(&trained, bytes.len(), &out.display().to_string(), None, self.json);
        }
        match self.label {
            Some(kind) => self.train_desk(kind).await?.map_err(anyhow::Error::msg)?,
            None => self.train_both().await?,
        }
        Ok(())
    }

    /// A kind that nobody labelled yet is skipped, as long as there is something to learn at all.
    async fn train_both(&self) -> anyhow::Result<()> {
        let category = self.train_desk(LabelKind::Category).await?;
        let priority = self.train_desk(LabelKind::Priority).await?;
        match (category, priority) {
            (Err(category), Err(_)) => anyhow::bail!(category),
            (Err(why), Ok(())) => {
                eprintln!("No category model: {why}.");
                Ok(())
            }
            (Ok(()), Err(why)) => {
                eprintln!("No priority model: {why}.");
                Ok(())
            }
            (Ok(()), Ok(())) => Ok(()),
        }
    }

    /// As a training run does it; says why where there is nothing to learn.
    async fn train_desk(&self, kind: LabelKind) -> anyhow::Result<Result<(), String>> {
        let (running, store) = (self.desk.start()?, self.desk.store()?);
        let material = match self.from.is_empty() {
            true => self.of_desk(&running, kind).await,
            false => Ok(Material::of_files(&self.from, kind)?),
        };
        let step = progress::step("Training");
        let made = match material {
            Ok(material) => {
                let (config, watch): (_, Watch) =
                    (self.options.config(kind), Arc::new(|_, _| ControlFlow::Continue(())));
                make(&running, &store, material, config, None, watch).await
            }
            Err(error) => Err(error),
        };
        step.finish_and_clear();
        let made = match made {
            Ok(made) => made,
            Err(Ended::Refused(why)) => return Ok(Err(why)),
            Err(error) => return Err(error.into()),
        };
        made::register(&running, made, self.promote.as_deref(), self.json).await?;
        Ok(Ok(()))
    }

    async fn of_desk(&self, running: &Desk, kind: LabelKind) -> Result<Material, Ended> {
        let options = RunOptions {
            minimum_per_label: self.minimum_per_label,
            target_precision: self.options.target_precision,
            created_from: self.created_from.map(Into::into),
            created_to: self.created_to.map(Into::into),
            ..RunOptions::default()
        };
        options.check().map_err(|error| Ended::Again(error.to_string()))?;
        Material::of_desk(&mut *running.conn().await?, &options.query(kind.into())).await
    }

    async fn train_file(
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
}

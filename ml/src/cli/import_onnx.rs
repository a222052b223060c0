//! `deskwire-ml import-onnx`: a network from elsewhere becomes a version like any other.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use deskwire_ml::dataset::LabelKind;
use deskwire_ml::onnx::{Pooling, TOKENS_DEFAULT};

use super::desk::DeskOptions;

/// Bring a network along: an ONNX file from text to scores of labels, or to an embedding.
///
/// The network reads token ids made by its tokenizer.json, [1, tokens], and optionally attention mask and token types.
/// With --labels its first output is one score a label, and labelled tickets (of the desk, or from --calibrate;
/// better none that it learned from) tell how sure it may be. With --embedding Deskwire learns a softmax
/// regression on top from those tickets, and the newest tenth calibrates it. Then it is a version like any
/// other: compared with the champion, registered, and rolled out in the graph. Workers need to be built with the
/// feature onnx. Networks are slower than words: raise latencyMs (setModelGuards) before a canary, or that
/// guard takes it back.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("outputs").required(true).args(["labels", "embedding"])), after_help = "Examples:
  deskwire-ml import-onnx --model model.onnx --tokenizer tokenizer.json --labels labels.txt
  deskwire-ml import-onnx --model minilm.onnx --tokenizer tokenizer.json --embedding
  deskwire-ml import-onnx --model m.onnx --tokenizer tokenizer.json --labels l.txt --kind priority \\
      --calibrate newest.jsonl.gz --json
  deskwire-ml import-onnx --model m.onnx --tokenizer tokenizer.json --embedding --calibrate all.jsonl \\
      --out category.model                     only a file, for evaluate and explain")]
pub struct ImportOnnx {
    /// The network, one ONNX file with all its weights
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// Its tokenizer, as Hugging Face's tokenizers writes it
    #[arg(long, value_name = "FILE")]
    tokenizer: PathBuf,
    /// The labels, one a line, in the order of the network's scores; a category's name, or a priority
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// The network gives an embedding; learn a head on top
    #[arg(long)]
    embedding: bool,
    /// How the vectors of all tokens become one embedding
    #[arg(long, value_enum, default_value_t, requires = "embedding")]
    pooling: Pooling,
    /// Which of the network's outputs is read; the first if not given
    #[arg(long, value_name = "NAME")]
    output: Option<String>,
    /// Tokens read of a ticket, 8 to 4096; a network made for one length reads that at most
    #[arg(long, value_name = "N", default_value_t = TOKENS_DEFAULT)]
    max_tokens: usize,
    /// Which label it suggests
    #[arg(long, value_enum, default_value = "category")]
    kind: LabelKind,
    /// Files of labelled tickets; the desk's own if not given
    #[arg(long, value_name = "FILE", num_args = 1..)]
    calibrate: Vec<PathBuf>,
    /// The newest tickets that are read, at most
    #[arg(long, value_name = "N", default_value_t = 5000)]
    tickets: usize,
    /// Label that means "belongs to no category": a decision about such a ticket is wrong
    #[arg(long, value_name = "LABEL", default_value = "out_of_scope")]
    no_label: String,
    /// Share of decided tickets that should be right; below its threshold the model abstains
    #[arg(long, value_name = "0..1", default_value_t = 0.9)]
    target_precision: f64,
    /// Write the model to this file, replacing it, instead of registering it on the desk
    #[arg(long, value_name = "FILE", requires = "calibrate")]
    out: Option<PathBuf>,
    /// Let the version suggest at once, past validation and trial; the history keeps the reason
    #[arg(long, value_name = "REASON", conflicts_with = "out")]
    promote: Option<String>,
    #[command(flatten)]
    desk: DeskOptions,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[cfg(not(feature = "onnx"))]
impl ImportOnnx {
    pub async fn run(self) -> anyhow::Result<()> {
        anyhow::bail!(
            "this program was built without ONNX; build it with \
             `cargo build --release -p deskwire-ml --features onnx`, workers too"
        )
    }
}

#[cfg(feature = "onnx")]
mod with_onnx {
    use std::ops::ControlFlow;
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Instant;

    use anyhow::{Context, ensure};
    use deskwire_domain::models::TrainingQuery;
    use deskwire_domain::models::runs::RunOptions;
    use deskwire_ml::onnx::{Brought, Outputs, bring};
    use deskwire_ml::run::{Material, Watch, keep};
    use deskwire_ml::train::{TrainConfig, Trained};

    use super::ImportOnnx;
    use crate::cli::{made, progress};

    /// Tickets whose answers are timed.
    const TIMED: usize = 20;

    impl ImportOnnx {
        pub async fn run(self) -> anyhow::Result<()> {
            let brought = self.brought()?;
            let config = TrainConfig {
                label_kind: self.kind,
                no_label: Some(self.no_label.clone()).filter(|label| !label.is_empty()),
                target_precision: self.target_precision,
                ..TrainConfig::default()
            };
            let desk = if self.out.is_some() { None } else { Some(self.desk.start()?) };
            let material = match (&desk, self.calibrate.is_empty()) {
                (Some(desk), true) => {
                    // A head learns from labels with a few tickets; a network knows its labels already.
                    let enough = RunOptions::default().minimum_per_label;
                    let minimum_per_label = if self.embedding { enough } else { 1 };
                    let (kind, created_from, created_to) = (self.kind.into(), None, None);
                    let query = TrainingQuery { kind, created_from, created_to, minimum_per_label };
                    Material::of_desk(&mut *desk.conn().await?, &query).await?
                }
                _ => Material::of_files(&self.calibrate, self.kind)?,
            };
            let material = material.newest(self.tickets);
            let step = progress::step("Running the network on labelled tickets");
            let (tickets, its_config) = (material.tickets.clone(), config.clone());
            let made = tokio::task::spawn_blocking(move || {
                let trained = bring(brought, &tickets, &its_config)?;
                let timed = tickets.examples().iter().rev().take(TIMED);
                let mut ms: Vec<f64> = timed
                    .map(|example| {
                        let begun = Instant::now();
                        trained.model.suggest(&example.text);
                        begun.elapsed().as_secs_f64() * 1000.0
                    })
                    .collect();
                ms.sort_by(f64::total_cmp);
                let slow = ms.get(ms.len() * 19 / 20).or(ms.last()).copied().unwrap_or(0.0);
                anyhow::Ok((trained, slow))
            });
            let (trained, slow_ms) = made.await.context("the library failed on the network")??;
            step.finish_and_clear();
            eprintln!("One ticket in twenty takes {slow_ms:.0} ms or more, reasons included.");
            match desk {
                None => self.write(&trained),
                Some(desk) => {
                    let watch: Watch = Arc::new(|_, _| ControlFlow::Continue(()));
                    let store = self.desk.store()?;
                    let trained = Arc::new(trained);
                    let made = keep(&desk, &store, material, config, trained, None, watch).await?;
                    made::register(&desk, made, self.promote.as_deref(), self.json).await
                }
            }
        }

        fn write(&self, trained: &Trained) -> anyhow::Result<()> {
            let out = self.out.as_deref().expect("only with --out");
            let bytes = trained.model.to_bytes();
            std::fs::write(out, &bytes).with_context(|| {
                format!("{}: cannot be written; check folder and rights", out.display())
            })?;
            made::print(trained, bytes.len(), &out.display().to_string(), None, self.json)
        }

        fn brought(&self) -> anyhow::Result<Brought> {
            let (onnx, tokenizer) = (read(&self.model)?, read(&self.tokenizer)?);
            let (bytes, limit) =
                ((onnx.len() + tokenizer.len()) as u64, self.desk.model_bytes_max());
            ensure!(
                bytes <= limit,
                "{}: with its tokenizer it has {bytes} bytes, and at most {limit} are read; give it more with \
                 --max-model-mb, and workers too",
                self.model.display()
            );
            let outputs = match &self.labels {
                Some(file) => Outputs::Labels(labels(file)?),
                None => Outputs::Embedding(self.pooling),
            };
            let (output, max_tokens) = (self.output.clone(), self.max_tokens);
            Ok(Brought { onnx, tokenizer, output, outputs, max_tokens })
        }
    }

    fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
        std::fs::read(file)
            .with_context(|| format!("{}: cannot be read; check the path", file.display()))
    }

    /// One label a line, each once, at least two.
    fn labels(file: &Path) -> anyhow::Result<Vec<String>> {
        let bytes = read(file)?;
        let text = String::from_utf8(bytes)
            .with_context(|| format!("{}: is not UTF-8 text", file.display()))?;
        let labels: Vec<String> =
            text.trim_end().lines().map(|line| line.trim().to_owned()).collect();
        for (at, label) in labels.iter().enumerate() {
            let line = at + 1;
            ensure!(!label.is_empty(), "{}, line {line}: is empty; name a label", file.display());
            let is_new = !labels[..at].contains(label);
            ensure!(is_new, "{}, line {line}: {label:?} stands there twice", file.display());
        }
        ensure!(labels.len() >= 2, "{}: a model needs at least two labels", file.display());
        Ok(labels)
    }
}

//! The command line, one file a verb. Results go to stdout, everything else to stderr.

mod clusters;
mod desk;
mod evaluate;
mod explain;
mod import_onnx;
mod made;
mod options;
mod output;
mod progress;
mod table;
mod train;
mod training;
mod worker;

use clap::{Parser, Subcommand};

/// Trains models that suggest categories and priorities for tickets, and measures them.
///
/// Tickets are JSONL, one object a line, plain or gzipped (.gz):
/// {"id","subject","body","category","priority","created_at"}; only id and body are needed.
#[derive(Debug, Parser)]
#[command(
    name = "deskwire-ml",
    version,
    after_help = "Examples:
  deskwire-ml train                                       learn from the desk's labelled tickets
  deskwire-ml worker                                      suggest for new tickets, until stopped
  deskwire-ml evaluate --train old.jsonl --test new.jsonl measure on files, without a desk"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Evaluate(evaluate::Evaluate),
    Train(train::Train),
    Explain(explain::Explain),
    Worker(worker::WorkerVerb),
    Clusters(clusters::Clusters),
    ImportOnnx(Box<import_onnx::ImportOnnx>),
}

impl Cli {
    pub async fn run(self) -> anyhow::Result<()> {
        let outcome = match self.command {
            Command::Evaluate(verb) => verb.run().await,
            Command::Train(verb) => verb.run().await,
            Command::Explain(verb) => verb.run(),
            Command::Worker(verb) => verb.run().await,
            Command::Clusters(verb) => verb.run().await,
            Command::ImportOnnx(verb) => verb.run().await,
        };
        // `deskwire-ml … | head` has got what it wanted.
        outcome.or_else(|error| if output::is_closed_pipe(&error) { Ok(()) } else { Err(error) })
    }
}

//! The command line, one file a verb. Results go to stdout, everything else to stderr.

mod evaluate;
mod explain;
mod options;
mod progress;
mod table;
mod train;

use clap::{Parser, Subcommand};

/// Trains models that suggest categories and priorities for tickets, and measures them.
///
/// Tickets are JSONL, one object a line, plain or gzipped (.gz):
/// {"id","subject","body","category","priority","created_at"}; only id and body are needed.
#[derive(Debug, Parser)]
#[command(name = "deskwire-ml", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Evaluate(evaluate::Evaluate),
    Train(train::Train),
    Explain(explain::Explain),
}

impl Cli {
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Evaluate(verb) => verb.run(),
            Command::Train(verb) => verb.run(),
            Command::Explain(verb) => verb.run(),
        }
    }
}

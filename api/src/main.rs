//! The `deskwire` program.

use clap::Parser;
use deskwire_api::cli::{self, Cli};
use mimalloc::MiMalloc;
use std::io::Write;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Answering a request takes hundreds of small, short-lived allocations.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_| EnvFilter::new(cli.default_log()));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match cli::run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "deskwire: {error:#}");
            ExitCode::FAILURE
        }
    }
}

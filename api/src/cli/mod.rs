//! The `deskwire` program: one file a verb.

mod migrate;
mod schema;
mod serve;

use clap::{Parser, Subcommand};

use crate::config::DeskArgs;

/// The help desk whose whole surface is one GraphQL graph.
#[derive(Debug, Parser)]
#[command(
    name = "deskwire",
    version,
    about,
    after_help = "Examples:
  deskwire migrate
  deskwire serve --listen 0.0.0.0:8080
  deskwire import tickets old-desk.jsonl.gz --queue Support --labels keep
  deskwire watch --queue Support"
)]
pub struct Cli {
    #[command(flatten)]
    desk: DeskArgs,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Answer the graph over HTTP and WebSocket
    Serve(crate::config::ServeArgs),
    /// Bring the database schema up to date
    Migrate(migrate::MigrateArgs),
    /// Print the graph's schema (SDL)
    Schema,
}

/// Runs the verb named on the command line.
///
/// # Errors
/// A sentence for the person at the terminal.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.verb {
        Verb::Serve(args) => serve::run(&cli.desk, args).await,
        Verb::Migrate(args) => migrate::run(&cli.desk, &args).await,
        Verb::Schema => {
            schema::run();
            Ok(())
        }
    }
}

//! The `deskwire` program: one file a verb.

mod counts;
mod demo;
mod import;
mod migrate;
mod open;
mod output;
mod queue;
mod schema;
mod serve;
mod token;
mod user;
mod watch;
mod worker;

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
    Serve(serve::ServeCommand),
    /// Do the work no request waits for
    Worker(worker::WorkerArgs),
    /// Bring the database schema up to date
    Migrate(migrate::MigrateArgs),
    /// Print the graph's schema (SDL)
    Schema,
    /// Create and list people
    #[command(subcommand)]
    User(user::UserVerb),
    /// Create and list queues
    #[command(subcommand)]
    Queue(queue::QueueVerb),
    /// Create API tokens
    #[command(subcommand)]
    Token(token::TokenVerb),
    /// Bring in tickets from elsewhere
    #[command(subcommand)]
    Import(import::ImportVerb),
    /// Check the numbers of tickets that the desk keeps
    #[command(subcommand)]
    Counts(counts::CountsVerb),
    /// Fill an empty desk with a made-up company's tickets
    Demo(demo::DemoArgs),
    /// See a queue change, live
    Watch(watch::WatchArgs),
}

impl Cli {
    /// What is logged unless `RUST_LOG` says otherwise: a verb that tells its own story only faults.
    pub fn default_log(&self) -> &'static str {
        if matches!(self.verb, Verb::Serve(_) | Verb::Worker(_)) { "warn" } else { "error" }
    }
}

/// Runs the verb named on the command line.
///
/// # Errors
/// A sentence for the person at the terminal.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    let desk = &cli.desk;
    let outcome = match cli.verb {
        Verb::Serve(args) => serve::run(desk, args).await,
        Verb::Worker(args) => worker::run(desk, &args).await,
        Verb::Migrate(args) => migrate::run(desk, &args).await,
        Verb::Schema => schema::run(),
        Verb::User(verb) => user::run(desk, verb).await,
        Verb::Queue(verb) => queue::run(desk, verb).await,
        Verb::Token(verb) => token::run(desk, verb).await,
        Verb::Import(verb) => import::run(desk, verb).await,
        Verb::Counts(verb) => counts::run(desk, verb).await,
        Verb::Demo(args) => demo::run(desk, args).await,
        Verb::Watch(args) => watch::run(desk, args).await,
    };
    // `deskwire … | head` has got what it wanted.
    outcome.or_else(|error| if output::is_closed_pipe(&error) { Ok(()) } else { Err(error) })
}

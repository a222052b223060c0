//! Options of `bench-live`.

use clap::Parser;
use deskwire_bench::options::{Desk, Programs};

/// Measures how changes reach subscribers, next to a program that only passes messages on.
#[derive(Debug, Parser)]
#[command(
    name = "bench-live",
    after_help = "./dev bench live starts the database and Redis, fills the desk and calls this.

Examples:
  ./dev bench live                               1000, 5000 and 10000 subscribers of one queue
  ./dev bench live --subscribers 100 --seconds 3
  ./dev bench live --filters 1000                what different filters cost
  ./dev bench live --latency                     commit to screen, and the share of each stage"
)]
pub struct Args {
    #[command(flatten)]
    pub programs: Programs,

    #[command(flatten)]
    pub desk: Desk,

    /// Process of the database server
    #[arg(long, hide = true)]
    pub database_pid: Option<u32>,

    /// Subscribers of one queue; several numbers are measured one after the other
    #[arg(long, value_delimiter = ',', default_values_t = [1000, 5000, 10_000])]
    pub subscribers: Vec<usize>,

    /// Changes a second; by default 20, with --filters 100, with --latency 50
    #[arg(long)]
    pub rate: Option<u32>,

    /// Seconds of changes
    #[arg(long, default_value_t = 10)]
    pub seconds: u32,

    /// Repetitions, desk and broadcaster in turns
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,

    /// Instead: so many subscribers with filters that differ, are equal, or cannot match
    #[arg(long, value_name = "SUBSCRIBERS")]
    pub filters: Option<usize>,

    /// Instead: 100 subscribers, from the writer's call to the subscriber's screen
    #[arg(long, conflicts_with = "filters")]
    pub latency: bool,
}

//! `bench-graph`: requests to the desk and to the limit program, in turns.

mod agreement;
mod report;
mod requests;

use anyhow::Result;
use clap::Parser;
use deskwire_bench::http::{Load, Round, closed_loop};
use deskwire_bench::options::{Desk, Programs};
use deskwire_bench::plan::Plan;
use deskwire_bench::server::Server;
use deskwire_bench::table::say;
use std::time::Duration;

use report::Measured;
use requests::{Generator, Scenario, Shape, Side};

/// Measures requests to the desk next to the same requests to the limit program.
#[derive(Debug, Parser)]
#[command(
    name = "bench-graph",
    after_help = "./dev bench graph starts the database and Redis, fills the desk and calls this.

Examples:
  ./dev bench graph
  ./dev bench graph --tickets 20000 --rounds 2 --seconds 1
  ./dev bench graph --only q2 --connections 32"
)]
struct Args {
    #[command(flatten)]
    programs: Programs,

    #[command(flatten)]
    desk: Desk,

    /// Process of the database server, to show its part of the work
    #[arg(long)]
    database_pid: Option<u32>,

    /// Rounds of each server, in turns
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// Length of a round in seconds
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,

    /// Seconds before each round that are not counted
    #[arg(long, default_value_t = 0.5)]
    warm_up: f64,

    /// Connections, each with one request at a time
    #[arg(long, value_delimiter = ',', default_values_t = [8, 32])]
    connections: Vec<usize>,

    /// Which requests: q1 a ticket, q2 a queue's page, m1 a new ticket
    #[arg(long, value_delimiter = ',', default_values_t = Scenario::ALL)]
    only: Vec<Scenario>,
}

/// The three servers, all running, one busy at a time.
struct Servers {
    desk: Server,
    limit: Server,
    /// The limit program that remembers sessions.
    remembering: Server,
}

impl Servers {
    fn start(args: &Args) -> Result<Self> {
        let (programs, url) = (&args.programs, &args.desk.database_url);
        Ok(Self {
            desk: programs.start_deskwire("deskwire", url)?,
            limit: programs.start_limit("limit", url, &[])?,
            remembering: programs.start_limit("limit-cached", url, &["--cache-sessions"])?,
        })
    }

    fn of(&self, side: Side) -> &Server {
        match side {
            Side::Desk => &self.desk,
            Side::Limit { remembers: false, .. } => &self.limit,
            Side::Limit { remembers: true, .. } => &self.remembering,
        }
    }
}

fn main() -> Result<()> {
    let args = Args::parse();
    let plan = Plan { tickets: args.desk.tickets };
    let servers = Servers::start(&args)?;
    agreement::check(&servers.desk, &servers.limit, plan)?;
    say("The desk and the limit program give equal answers.");

    let mut all = Vec::new();
    for connections in &args.connections {
        for scenario in &args.only {
            all.extend(measure(&args, &servers, plan, *scenario, *connections)?);
        }
    }
    report::rows(&all);
    report::ratios(&all, servers.desk.usage()?.rss_bytes);
    Ok(())
}

/// All sides of one scenario, in turns, so that what else the machine does falls on all alike.
fn measure(
    args: &Args,
    servers: &Servers,
    plan: Plan,
    scenario: Scenario,
    connections: usize,
) -> Result<Vec<Measured>> {
    let mut sides: Vec<Measured> = scenario
        .sides()
        .into_iter()
        .map(|side| Measured { scenario, side, connections, rounds: Vec::new() })
        .collect();
    let load = Load {
        connections,
        warm_up: Duration::from_secs_f64(args.warm_up),
        time: Duration::from_secs_f64(args.seconds),
        database_pid: args.database_pid,
    };
    for round in 0..args.rounds {
        say(&format!("{scenario} at {connections} connections, round {}", round + 1));
        for measured in &mut sides {
            let server = servers.of(measured.side);
            let seed = u64::from(round) << 8 | connections as u64;
            measured.rounds.push(one_round(server, load, plan, scenario, measured.side, seed)?);
        }
    }
    Ok(sides)
}

fn one_round(
    server: &Server,
    load: Load,
    plan: Plan,
    scenario: Scenario,
    side: Side,
    seed: u64,
) -> Result<Round> {
    let mut generator = Generator::new(plan, scenario, side, seed);
    let mut shape = Shape::new(scenario);
    closed_loop(server, load, |out| generator.write(out), |body| shape.check(body))
}

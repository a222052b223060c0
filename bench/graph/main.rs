//! `bench-graph`: requests to the desk and to the limit program, in turns.

mod agreement;
mod report;
mod requests;

use anyhow::Result;
use clap::Parser;
use deskwire_bench::http::{Load, closed_loop};
use deskwire_bench::options::{Desk, Programs};
use deskwire_bench::plan::Plan;
use deskwire_bench::server::Server;
use deskwire_bench::statements::Statements;
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
            desk: programs.start_deskwire("deskwire", url, &[])?,
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

    let mut bench =
        Bench { statements: Statements::watch(&args.desk.database_url)?, servers, plan };
    let mut all = Vec::new();
    for connections in &args.connections {
        for scenario in &args.only {
            all.extend(bench.measure(&args, *scenario, *connections)?);
        }
    }
    let servers = bench.servers;
    report::rows(&all);
    report::ratios(&all, servers.desk.usage()?.rss_bytes);
    Ok(())
}

struct Bench {
    servers: Servers,
    statements: Statements,
    plan: Plan,
}

impl Bench {
    /// All sides of one scenario, in turns, so that what else the machine does falls on all alike.
    fn measure(
        &mut self,
        args: &Args,
        scenario: Scenario,
        connections: usize,
    ) -> Result<Vec<Measured>> {
        let mut sides: Vec<Measured> = scenario
            .sides()
            .into_iter()
            .map(|side| Measured::new(scenario, side, connections))
            .collect();
        let load = Load {
            connections,
            warm_up: Duration::from_secs_f64(args.warm_up),
            time: Duration::from_secs_f64(args.seconds),
            database_pid: args.database_pid,
        };
        for round in 0..args.rounds {
            say(&format!("{scenario} at {connections} connections, round {}", round + 1));
            let seed = u64::from(round) << 8 | connections as u64;
            for measured in &mut sides {
                self.one_round(measured, load, seed)?;
            }
        }
        Ok(sides)
    }

    fn one_round(&mut self, measured: &mut Measured, load: Load, seed: u64) -> Result<()> {
        let (scenario, side) = (measured.scenario, measured.side);
        let server = self.servers.of(side);
        let mut generator = Generator::new(self.plan, scenario, side, seed);
        let mut shape = Shape::new(scenario);
        let before = self.statements.so_far()?;
        let round =
            closed_loop(server, load, |out| generator.write(out), |body| shape.check(body))?;
        let after = self.statements.so_far()?;
        measured.rounds.push(round);
        measured.answers += u64::from(shape.seen);
        measured.statements.executed += after.executed - before.executed;
        measured.statements.prepared += after.prepared - before.prepared;
        Ok(())
    }
}

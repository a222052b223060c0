//! `deskwire-consistency`: the checker as a program.

use clap::Parser;
use deskwire_consistency::plan::{Faults, Options};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Looks for missed, repeated and invented updates on a desk under load and faults.
///
/// Starts a private database, Redis and API processes, lets writers and subscribers loose on them,
/// kills and pauses processes meanwhile, and checks at the end that nothing was missed. Ends with 1
/// and a report of every violation if something was.
#[derive(Debug, Parser)]
#[command(
    name = "deskwire-consistency",
    version,
    after_help = "The seed decides who writes what, who watches what and which process suffers \
when; the same seed and options repeat the plan. The interleaving differs from run to run: repeat a \
failing seed a few times, and read the trace.

Examples:
  deskwire-consistency                                      half a minute, two API processes, all faults
  deskwire-consistency --seconds 1800 --subscribers 60      the long run
  deskwire-consistency --seed 4711 --seconds 60 --keep      repeat a failure and keep its data
  deskwire-consistency --faults none --api-processes 1      the same without faults"
)]
struct Args {
    /// How long writers write
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Writers at once
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=200))]
    writers: u16,
    /// Subscribers at once
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(0..=1000))]
    subscribers: u16,
    /// API processes
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=3))]
    api_processes: u8,
    /// What happens to processes: nothing; pauses and orderly restarts; these and kill -9
    #[arg(long, value_enum, default_value = "all")]
    faults: Faults,
    /// Repeats a plan; a new one if not given
    #[arg(long)]
    seed: Option<u64>,
    /// Keep trace, logs and data, also when nothing was found
    #[arg(long)]
    keep: bool,
    /// The deskwire program; the one beside this program if not given
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// The deskwire-ml program; the one beside this program if there is one
    #[arg(long, value_name = "FILE")]
    ml_program: Option<PathBuf>,
}

impl Args {
    fn options(self) -> anyhow::Result<Options> {
        let here = std::env::current_exe()?;
        let beside = |name: &str| here.with_file_name(name);
        let ml_beside = Some(beside("deskwire-ml")).filter(|file| file.is_file());
        Ok(Options {
            seed: self.seed.unwrap_or_else(rand::random),
            duration: Duration::from_secs(self.seconds),
            writers: self.writers.into(),
            subscribers: self.subscribers.into(),
            api_processes: self.api_processes.into(),
            faults: self.faults,
            program: self.program.unwrap_or_else(|| beside("deskwire")),
            ml_program: self.ml_program.or(ml_beside),
            keep: self.keep,
        })
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let options = Args::parse().options()?;
    // Processes die with what is dropped here.
    let report = tokio::select! {
        report = deskwire_consistency::run(options) => report?,
        () = stop_signal() => return Ok(ExitCode::from(130)),
    };
    println!("\n{report}");
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("signals can be awaited");
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.expect("signals can be awaited"),
        _ = terminate.recv() => {}
    }
}

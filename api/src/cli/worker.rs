//! `deskwire worker`: work that no request waits for.

use clap::Args;
use deskwire_domain::housekeeping::{self, Swept};
use deskwire_domain::{Desk, Timestamp};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{info, warn};

use super::serve::stop_signal;
use crate::config::DeskArgs;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  deskwire worker                 until stopped
  deskwire worker --once          one sweep, then end

Also numbers events that a killed process left behind, as every process does. Suggestions are the
work of another program: deskwire-ml worker.")]
pub struct WorkerArgs {
    /// Seconds between two sweeps
    #[arg(long, env = "DESKWIRE_SWEEP_S", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    every_s: u64,

    /// Sweep once and end
    #[arg(long)]
    once: bool,
}

pub async fn run(desk: &DeskArgs, args: &WorkerArgs) -> anyhow::Result<()> {
    let desk = Desk::start(&desk.desk_config())?;
    if args.once {
        return sweep(&desk).await;
    }
    let mut clock = interval(Duration::from_secs(args.every_s));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stop = stop_signal();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return Ok(()),
            _ = clock.tick() => {
                if let Err(error) = sweep(&desk).await {
                    warn!("{error:#}; trying again in {} s", args.every_s);
                }
            }
        }
    }
}

async fn sweep(desk: &Desk) -> anyhow::Result<()> {
    let swept = housekeeping::sweep(&mut *desk.conn().await?, Timestamp::now()).await?;
    desk.settle().await?;
    let Swept { sessions, idempotency_keys, drafts, notifications, shadow_scores, neighbours } =
        swept;
    info!(sessions, idempotency_keys, drafts, notifications, shadow_scores, neighbours, "swept");
    Ok(())
}

//! `deskwire-ml worker`: suggestions for new tickets.

use clap::Args;
use deskwire_domain::events::Position;
use deskwire_ml::similar::TICKETS_DEFAULT;
use deskwire_ml::worker::Worker;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tracing::{info, warn};

use super::desk::DeskOptions;
use super::training::Training;

/// How often the worker looks for due jobs without being woken.
const CLOCK: Duration = Duration::from_secs(1);

/// Suggest category and priority for new tickets, and train models, until stopped.
///
/// Catches up with everything that waited while no worker ran. Any number of workers may run at
/// once. Follows rollouts within a second. Trainings are those that were asked for
/// through the graph or that a schedule starts; suggestions go on beside them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  deskwire-ml worker
  RUST_LOG=info deskwire-ml worker          say what is done
  deskwire-ml worker --no-training          where another machine trains
  deskwire-ml worker --once                 do what is due, then end")]
pub struct WorkerVerb {
    /// End when nothing is due any more
    #[arg(long)]
    once: bool,
    /// Newest tickets that others are compared with, to find similar ones; 0 finds none. Takes 0.2
    /// to 0.5 KB of memory each, never more than 60 MB
    #[arg(long, value_name = "N", default_value_t = TICKETS_DEFAULT)]
    similar_tickets: usize,
    /// Only suggest; leave trainings to other workers
    #[arg(long)]
    no_training: bool,
    #[command(flatten)]
    desk: DeskOptions,
}

impl WorkerVerb {
    pub async fn run(self) -> anyhow::Result<()> {
        let desk = self.desk.start()?;
        let mut news = desk.hub.end();
        let mut stop = Stop::new()?;
        let store = self.desk.store()?;
        let training = match self.no_training {
            true => Training::none(),
            false => Training::start(desk.clone(), store.clone(), self.once).await?,
        };
        let mut worker = Worker::new(desk, store).comparing_with(self.similar_tickets);
        info!("waiting for tickets");
        loop {
            let pause = match worker.run_once().await {
                Ok(0) if self.once => return Ok(()),
                Ok(0) => true,
                Ok(jobs) => {
                    info!(jobs, "suggested");
                    false
                }
                Err(error) if self.once => return Err(error),
                Err(error) => {
                    warn!("{error:#}; trying again");
                    tokio::time::sleep(CLOCK).await;
                    false
                }
            };
            if stop.is_due(pause, &mut news).await {
                info!("stopping");
                training.stop().await;
                return Ok(());
            }
        }
    }
}

struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for news or the clock if `pause`; true once the process was asked to stop.
    async fn is_due(&mut self, pause: bool, news: &mut watch::Receiver<Option<Position>>) -> bool {
        let wait = if pause { CLOCK } else { Duration::ZERO };
        tokio::select! {
            biased;
            _ = self.interrupt.recv() => true,
            _ = self.terminate.recv() => true,
            _ = news.changed() => false,
            () = tokio::time::sleep(wait) => false,
        }
    }
}

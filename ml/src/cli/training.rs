//! The worker's trainings, beside its suggestions.

use deskwire_domain::Desk;
use deskwire_ml::run::Trainer;
use deskwire_ml::store::ModelStore;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::warn;

/// How often the trainer looks for runs and schedules.
const CLOCK: Duration = Duration::from_secs(1);
/// How long a training that is going on is given to be put back.
const PATIENCE: Duration = Duration::from_secs(5);

/// A trainer on a task of its own.
pub struct Training(Option<(watch::Sender<bool>, JoinHandle<()>)>);

impl Training {
    /// No trainings in this process.
    pub fn none() -> Self {
        Self(None)
    }

    /// Starts the task; with `once`, does what is due and starts none.
    pub async fn start(desk: Desk, store: ModelStore, once: bool) -> anyhow::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let mut trainer = Trainer::new(desk, store, stopped.clone());
        if once {
            while trainer.run_once().await? {}
            return Ok(Self::none());
        }
        let task = tokio::spawn(go_on(trainer, stopped));
        Ok(Self(Some((stop, task))))
    }

    /// Puts a training that is going on back for other workers.
    pub async fn stop(self) {
        let Some((stop, task)) = self.0 else { return };
        stop.send_replace(true);
        if tokio::time::timeout(PATIENCE, task).await.is_err() {
            warn!("a training could not be put back; it is done again when its lease ends");
        }
    }
}

async fn go_on(mut trainer: Trainer, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        match trainer.run_once().await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => warn!("{error:#}; trying again"),
        }
        tokio::select! {
            _ = stopped.changed() => {}
            () = tokio::time::sleep(CLOCK) => {}
        }
    }
}

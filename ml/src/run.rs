//! The training part of a worker: claims a run, learns from the desk's tickets, measures, registers.
//!
//! A run takes longer than a lease, so once a second the trainer renews it, tells how far it is, and
//! hears whether the run was cancelled. Nothing is written to the database but that until the end,
//! when the version, its validation and the end of the run are one transaction; an artefact whose
//! run did not get there only takes space. What trying again may mend, such as a model store that is
//! away, puts the run back; what it cannot, such as too few labels, ends it with a sentence.
//!
//! What happens in between, [`make`], is also what `deskwire-ml train` does without a run.

mod compare;
mod data;
mod draft;
mod make;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use deskwire_domain::ids::WorkerId;
use deskwire_domain::models::runs::{self, Claim, Finished, ModelRun, Order, RunStep};
use deskwire_domain::{Desk, Error, Timestamp, suggestions};
use tokio::sync::watch;
use tracing::{info, warn};

use crate::dataset::LabelKind;
use crate::store::ModelStore;
use crate::train::TrainConfig;

pub use data::Material;
pub use make::{Ended, Made, Watch, keep, make};

/// Seconds a run is held without a sign of life.
const LEASE_S: i64 = 20;
/// How often the lease is renewed, and how often progress is told at most.
const TICK: Duration = Duration::from_secs(1);

/// One running trainer; does one run at a time.
pub struct Trainer {
    desk: Desk,
    store: ModelStore,
    id: WorkerId,
    stop: watch::Receiver<bool>,
}

/// What runs and its holder tell each other.
struct Progress {
    at: watch::Sender<(RunStep, f64)>,
    stopped: AtomicBool,
}

impl Progress {
    /// Enters a step, unless the run is to end here.
    fn reach(&self, step: RunStep, done: f64) -> ControlFlow<()> {
        if self.stopped.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        self.at.send_if_modified(|at| std::mem::replace(at, (step, done)) != (step, done));
        ControlFlow::Continue(())
    }
}

impl Trainer {
    /// `stop` becomes true when the process is to end: a run that is going on is put back.
    pub fn new(desk: Desk, store: ModelStore, stop: watch::Receiver<bool>) -> Self {
        Self { desk, store, id: WorkerId::new(), stop }
    }

    /// Starts what schedules ask for, and does one run if one waits; `false` when none did.
    ///
    /// # Errors
    /// A sentence for the log: the database is away. Nothing is lost; call again after a pause.
    pub async fn run_once(&mut self) -> anyhow::Result<bool> {
        let mut conn = self.desk.conn().await?;
        let started = runs::start_due(&mut conn, Timestamp::now()).await?;
        for run in &started {
            info!(run.id = %run.id, kind = %run.kind, "a schedule started a training");
        }
        let claim = runs::claim(&mut conn, self.id, LEASE_S).await?;
        drop(conn);
        if claim.is_some() || !started.is_empty() {
            self.desk.settle().await?;
        }
        let Some(claim) = claim else { return Ok(false) };
        self.do_run(claim).await?;
        self.desk.settle().await?;
        Ok(true)
    }

    async fn do_run(&mut self, mut claim: Claim) -> anyhow::Result<()> {
        let (id, kind) = (claim.run.id, claim.run.kind);
        info!(run.id = %id, %kind, "training");
        let progress = Arc::new(Progress {
            at: watch::Sender::new((RunStep::Loading, 0.0)),
            stopped: AtomicBool::new(false),
        });
        let work = work(self.desk.clone(), self.store.clone(), claim.run.clone(), progress.clone());
        let (outcome, order) = self.hold(&mut claim, work, &progress).await;
        if order == Order::Leave {
            warn!(run.id = %id, "lease lost; another worker does this run");
            return Ok(());
        }
        let mut conn = self.desk.conn().await?;
        let is_mine = match outcome {
            Ok(finished) => runs::finish(&mut conn, &claim, *finished).await?,
            Err(Ended::Refused(why)) => {
                info!(run.id = %id, why, "training failed");
                runs::fail(&mut conn, &claim, &why).await?
            }
            Err(Ended::Again(why)) => {
                warn!(run.id = %id, why, "training will be tried again");
                runs::retry(&mut conn, &claim, &why).await?
            }
            Err(Ended::Stopped) if order == Order::Cancel => {
                runs::cancelled(&mut conn, &claim).await?
            }
            Err(Ended::Stopped) => runs::give_back(&mut conn, &claim).await?,
        };
        if !is_mine {
            warn!(run.id = %id, "lease lost; another worker does this run");
        }
        Ok(())
    }

    /// Runs `work` to its end, which comes early once the run may not go on.
    async fn hold<T>(
        &mut self,
        claim: &mut Claim,
        work: impl Future<Output = T>,
        progress: &Progress,
    ) -> (T, Order) {
        let mut work = std::pin::pin!(work);
        let mut news = progress.at.subscribe();
        let mut clock = tokio::time::interval(TICK);
        let (mut told, mut told_at) = (None, Instant::now());
        let mut order = Order::GoOn;
        loop {
            let is_tick = tokio::select! {
                outcome = &mut work => return (outcome, order),
                _ = clock.tick() => true,
                _ = news.changed() => false,
                () = stopping(&mut self.stop, progress) => continue,
            };
            let at = *news.borrow_and_update();
            let is_step = told.is_none_or(|(step, _)| step != at.0);
            let is_news = is_step || (told != Some(at) && told_at.elapsed() >= TICK);
            if !is_news && !is_tick {
                continue;
            }
            match self.report(claim, is_news.then_some(at)).await {
                Ok(heard) => order = heard,
                Err(error) => warn!(error = %error.chain(), "a training could not be reported"),
            }
            if is_news {
                (told, told_at) = (Some(at), Instant::now());
            }
            if order != Order::GoOn {
                progress.stopped.store(true, Ordering::Relaxed);
            }
        }
    }

    async fn report(
        &self,
        claim: &mut Claim,
        news: Option<(RunStep, f64)>,
    ) -> Result<Order, Error> {
        let heard = runs::report(&mut *self.desk.conn().await?, claim, news, LEASE_S).await?;
        if news.is_some() {
            self.desk.settle().await?;
        }
        Ok(heard)
    }
}

impl From<suggestions::LabelKind> for LabelKind {
    fn from(kind: suggestions::LabelKind) -> Self {
        match kind {
            suggestions::LabelKind::Category => Self::Category,
            suggestions::LabelKind::Priority => Self::Priority,
        }
    }
}

impl From<LabelKind> for suggestions::LabelKind {
    fn from(kind: LabelKind) -> Self {
        match kind {
            LabelKind::Category => Self::Category,
            LabelKind::Priority => Self::Priority,
        }
    }
}

/// Waits until the process is to end, once.
async fn stopping(stop: &mut watch::Receiver<bool>, progress: &Progress) {
    let told = progress.stopped.load(Ordering::Relaxed);
    // A sender that is gone asks for nothing any more.
    if told || stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
    progress.stopped.store(true, Ordering::Relaxed);
}

/// The whole way from tickets to what is to be registered.
async fn work(
    desk: Desk,
    store: ModelStore,
    run: ModelRun,
    progress: Arc<Progress>,
) -> Result<Box<Finished>, Ended> {
    let query = run.options.query(run.kind);
    let material = Material::of_desk(&mut *desk.conn().await?, &query).await?;
    let labelled = material.labelled;
    let config = TrainConfig {
        label_kind: run.kind.into(),
        target_precision: run.options.target_precision,
        ..TrainConfig::default()
    };
    let watch: Watch = Arc::new(move |step, done| progress.reach(step, done));
    let made = make(&desk, &store, material, config, Some(run.id), watch).await?;
    let Made { draft, comparison, trained } = made;
    let tickets = count(trained.report.tickets);
    Ok(Box::new(Finished { draft, comparison, tickets, labelled }))
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

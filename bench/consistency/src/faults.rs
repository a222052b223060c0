//! Kills, stops and pauses processes at the planned times, and heals everything at the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::plan::{Fault, PlannedFault, Target};
use crate::processes::Process;
use crate::servers::{Database, Redis};
use crate::trace::Trace;

/// Everything that runs beside the checker. A fault holds its process's lock until it is over, so
/// that two of them take turns.
#[derive(Clone)]
pub struct Processes {
    pub apis: Vec<Arc<Mutex<Process>>>,
    pub worker: Option<Arc<Mutex<Process>>>,
    pub redis: Arc<Mutex<Redis>>,
    pub database: Arc<Mutex<Database>>,
}

/// Faults done so far.
#[derive(Clone, Default)]
pub struct Done(Arc<AtomicUsize>);

impl Done {
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Does all planned faults; returns when the last one is over and everything runs again.
///
/// # Errors
/// When a process cannot be started again, or ended without being asked to.
pub async fn run(
    faults: Vec<PlannedFault>,
    processes: Processes,
    done: Done,
    trace: Trace,
) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut under_way = JoinSet::new();
    for fault in faults {
        sleep_until(started + fault.at).await;
        trace.line("fault", fault);
        let (processes, trace) = (processes.clone(), trace.clone());
        done.0.fetch_add(1, Ordering::Relaxed);
        under_way.spawn(async move {
            let outcome = processes.suffer(fault).await;
            trace.line("fault", format!("over: {fault}"));
            outcome
        });
    }
    while let Some(outcome) = under_way.join_next().await {
        outcome??;
    }
    Ok(())
}

impl Processes {
    async fn suffer(&self, planned: PlannedFault) -> anyhow::Result<()> {
        match planned.target {
            Target::Api(number) => {
                let mut process = self.apis[number].lock().await;
                hurt(&mut process, planned.fault).await;
                process.start_if_gone()
            }
            Target::Worker => {
                let Some(worker) = &self.worker else { return Ok(()) };
                let mut process = worker.lock().await;
                hurt(&mut process, planned.fault).await;
                process.start_if_gone()
            }
            Target::Redis => {
                let mut redis = self.redis.lock().await;
                hurt(&mut redis.process, planned.fault).await;
                redis.start_if_gone()
            }
            Target::Database => {
                let mut database = self.database.lock().await;
                hurt(&mut database.process, planned.fault).await;
                database.start_if_gone()?;
                // Recovery takes its time; the next fault waits for it.
                database.connection().await.map(drop)
            }
        }
    }

    /// Names of processes that ended without being asked to, with their last words.
    pub async fn fallen(&self) -> Vec<String> {
        let mut fallen = Vec::new();
        let mut look = |process: &mut Process| {
            if let Some(status) = process.ended_by_itself() {
                let recipe = &process.recipe;
                let last = recipe.last_lines();
                fallen.push(format!("{} ended by itself: {status}\n{last}", recipe.name));
            }
        };
        for process in self.apis.iter().chain(&self.worker) {
            look(&mut *process.lock().await);
        }
        look(&mut self.redis.lock().await.process);
        look(&mut self.database.lock().await.process);
        fallen
    }
}

async fn hurt(process: &mut Process, fault: Fault) {
    match fault {
        Fault::Kill { down_ms } => {
            process.kill().await;
            sleep(Duration::from_millis(down_ms)).await;
        }
        Fault::Stop { down_ms } => {
            process.terminate().await;
            sleep(Duration::from_millis(down_ms)).await;
        }
        Fault::Pause { ms } => {
            process.pause();
            sleep(Duration::from_millis(ms)).await;
            process.resume();
        }
    }
}

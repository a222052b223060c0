//! The worker: claims suggestion jobs, asks the models that serve, records the answers.
//!
//! Everything about a batch that lasts, suggestions, shadow scores, events and the end of the jobs, is
//! written in one transaction. Killed before it, the worker leaves jobs whose lease runs out and which are
//! done again; killed after it, there is nothing left to do. While no kind ever had a champion no job is
//! claimed: they wait for the first one. A kind that is switched off gets no suggestion, and the jobs are
//! done all the same.
//!
//! Rollouts are looked at before each batch and once more in the transaction that records it: a batch that
//! was answered by a state which has changed meanwhile is answered again. With a champion's artefact missing
//! or unreadable its kind gets no suggestions, and jobs wait if no other kind serves. A candidate whose artefact cannot
//! be used, or that fails on a ticket, is taken back on the spot, and the champion answers.

mod serving;

use anyhow::Context;
use deskwire_domain::ids::{JobId, ModelVersionId, TicketId, WorkerId};
use deskwire_domain::jobs::{self, Job, JobKind};
use deskwire_domain::models::{self, Rollout};
use deskwire_domain::suggestions::{self, Recorded, Recording};
use deskwire_domain::tickets::Ticket;
use deskwire_domain::{Actor, Conn, Desk, Error, Timestamp, category_proposals, messages, tickets};
use std::time::{Duration, Instant};
use tracing::{info, warn};

use crate::proposals;
use crate::similar::{Follower, TICKETS_DEFAULT};
use crate::store::{ModelStore, StoreError};
use crate::text::TicketText;
use serving::{Fault, Loaded, Serving};

/// Jobs claimed at a time.
const BATCH: i64 = 100;
/// Jobs claimed at a time while a network is asked: what is answered is seen when its batch is recorded.
const BATCH_OF_NETWORKS: i64 = 10;
/// Seconds a claimed job is held; a batch takes a fraction of one, where no network is asked.
const LEASE_S: i64 = 20;
/// How long after it the lease is renewed in the midst of a batch.
const RENEW: Duration = Duration::from_secs(5);
/// How often trials are looked at.
const WATCH: Duration = Duration::from_secs(5);
/// How often an artefact is asked for again that could not be had.
const RETRY: Duration = Duration::from_secs(60);
/// Seconds between two looks for possible new categories, whichever worker looks.
const LOOK_EVERY_S: i64 = 3600;
/// How often a worker asks whether it is time.
const LOOK_CLOCK: Duration = Duration::from_secs(60);

/// One running worker.
pub struct Worker {
    desk: Desk,
    store: ModelStore,
    id: WorkerId,
    /// As they were looked at last.
    rollouts: Vec<Rollout>,
    serving: Vec<Serving>,
    watched_at: Option<Instant>,
    /// When a candidate could not be fetched, though nothing is known against it, or one kind's champion not
    /// be used.
    lacks_since: Option<Instant>,
    similar: Follower,
    /// When to ask next whether it is time to look for new categories.
    next_look: Option<Instant>,
}

/// How an attempt at a batch ended.
enum Outcome {
    Done,
    /// Look at the rollouts and try again.
    Again,
    /// A candidate failed; take it back and try again.
    Fault(Fault),
}

impl Worker {
    /// A worker that has loaded nothing yet.
    pub fn new(desk: Desk, store: ModelStore) -> Self {
        Self {
            desk,
            store,
            id: WorkerId::new(),
            rollouts: Vec::new(),
            serving: Vec::new(),
            watched_at: None,
            lacks_since: None,
            similar: Follower::new(TICKETS_DEFAULT),
            next_look: None,
        }
    }

    /// Compares with the newest `tickets` tickets instead of [`TICKETS_DEFAULT`]; 0 compares with none.
    #[must_use]
    pub fn comparing_with(self, tickets: usize) -> Self {
        Self { similar: Follower::new(tickets), ..self }
    }

    /// Looks at trials if that is due, and does one batch; returns how many jobs it finished, 0 when
    /// nothing is due or no kind ever had a model.
    ///
    /// # Errors
    /// A sentence for the log: the database is away, or a champion's artefact cannot be loaded. Nothing
    /// is lost; call again after a pause.
    pub async fn run_once(&mut self) -> anyhow::Result<usize> {
        let mut conn = self.desk.conn().await?;
        if self.watched_at.is_none_or(|at| at.elapsed() >= WATCH) {
            self.watched_at = Some(Instant::now());
            self.watch(&mut conn).await?;
        }
        self.follow(&mut conn).await?;
        if self.rollouts.iter().all(|rollout| rollout.champion_id.is_none()) {
            return Ok(0);
        }
        self.similar.follow(&mut conn).await?;
        let batch = if self.serving.iter().any(Serving::asks_a_network) {
            BATCH_OF_NETWORKS
        } else {
            BATCH
        };
        let claimed = jobs::claim(&mut conn, JobKind::Suggest, self.id, batch, LEASE_S).await?;
        if claimed.is_empty() {
            self.propose_categories(&mut conn).await?;
            return Ok(0);
        }
        match self.finish(&mut conn, &claimed).await {
            Ok(()) => {}
            Err(error) if is_outage(&error) => return Err(error),
            // One bad job must not hold up the others: find it.
            Err(_) => self.finish_singly(&mut conn, &claimed).await?,
        }
        drop(conn);
        self.desk.settle().await?;
        Ok(claimed.len())
    }

    /// Looks for possible new categories if no worker has within the hour.
    async fn propose_categories(&mut self, conn: &mut Conn) -> anyhow::Result<()> {
        if self.next_look.is_some_and(|next| Instant::now() < next) {
            return Ok(());
        }
        self.next_look = Some(Instant::now() + LOOK_CLOCK);
        if category_proposals::claim_run(conn, LOOK_EVERY_S).await? {
            let found = proposals::refresh(conn, proposals::SIZE_MIN).await?;
            info!(proposals = found.len(), "looked for possible new categories");
        }
        Ok(())
    }

    /// Takes back versions that the guards speak against.
    async fn watch(&self, conn: &mut Conn) -> anyhow::Result<()> {
        let now = Timestamp::now();
        let changed = match cfg!(feature = "onnx") {
            true => models::watch(conn, now).await?,
            false => models::watch_without_onnx(conn, now).await?,
        };
        if !changed.is_empty() {
            self.desk.settle().await?;
        }
        Ok(())
    }

    /// Loads what a changed rollout needs and forgets the rest.
    async fn follow(&mut self, conn: &mut Conn) -> anyhow::Result<()> {
        loop {
            let rollouts = models::rollouts(conn).await?;
            let is_retry_due = self.lacks_since.is_some_and(|since| since.elapsed() >= RETRY);
            if rollouts == self.rollouts && !is_retry_due {
                return Ok(());
            }
            match self.load_all(conn, &rollouts).await? {
                Ok(serving) => {
                    (self.serving, self.rollouts) = (serving, rollouts);
                    return Ok(());
                }
                Err(fault) => self.take_back(conn, fault).await?,
            }
        }
    }

    /// What serves by these rollouts, or the candidate that cannot.
    async fn load_all(
        &mut self,
        conn: &mut Conn,
        rollouts: &[Rollout],
    ) -> anyhow::Result<Result<Vec<Serving>, Fault>> {
        let mut known: Vec<Loaded> = Vec::new();
        for serving in self.serving.drain(..) {
            known.push(serving.champion);
            known.extend(serving.candidate);
        }
        // Whatever happens below, what was known is loaded again.
        self.rollouts.clear();
        self.lacks_since = None;
        let (mut all, mut broken) = (Vec::new(), None);
        for rollout in rollouts.iter().filter(|rollout| rollout.enabled) {
            let Some(champion) = rollout.champion_id else { continue };
            let champion = match self.load(conn, &mut known, champion).await? {
                Ok(loaded) => loaded,
                Err((number, error)) => {
                    let kind = rollout.kind;
                    let is_temporary = error.is_temporary();
                    let error = anyhow::Error::from(error)
                        .context(format!("cannot load the {kind} model, version {number}"));
                    if is_temporary {
                        return Err(error);
                    }
                    broken = Some(error);
                    continue;
                }
            };
            let candidate = match rollout.candidate_id {
                None => None,
                Some(id) => match self.load(conn, &mut known, id).await? {
                    Ok(loaded) => Some(loaded),
                    Err((number, error)) if error.is_temporary() => {
                        warn!(%error, number, "a candidate cannot be fetched; the champion serves");
                        self.lacks_since = Some(Instant::now());
                        None
                    }
                    Err((number, error)) => {
                        return Ok(Err(Fault {
                            kind: rollout.kind,
                            is_candidate: true,
                            version: id,
                            message: format!("version {number} cannot be loaded: {error}"),
                        }));
                    }
                },
            };
            all.push(Serving { rollout: rollout.clone(), champion, candidate });
        }
        match broken {
            // The other kind goes on; this one is asked for again.
            Some(error) if !all.is_empty() => {
                warn!("{error:#}; nothing of this kind is suggested");
                self.lacks_since = Some(Instant::now());
            }
            Some(error) => return Err(error),
            None => {}
        }
        Ok(Ok(all))
    }

    /// The version, from what is loaded already or from the store; its number where that fails.
    async fn load(
        &self,
        conn: &mut Conn,
        known: &mut Vec<Loaded>,
        id: ModelVersionId,
    ) -> anyhow::Result<Result<Loaded, (u32, StoreError)>> {
        if let Some(at) = known.iter().position(|loaded| loaded.version.id == id) {
            return Ok(Ok(known.swap_remove(at)));
        }
        let found = models::find_many(conn, &[id]).await?.pop();
        let version = found.context("a rollout names a model version that is not there")?;
        match self.store.load(&hex(&version.artifact_hash)).await {
            Ok(model) => {
                info!(kind = %version.kind, version = version.number, "model loaded");
                Ok(Ok(Loaded { version, model }))
            }
            Err(error) => Ok(Err((version.number, error))),
        }
    }

    async fn take_back(&self, conn: &mut Conn, fault: Fault) -> anyhow::Result<()> {
        models::report_fault(conn, fault.kind, fault.version, &fault.message).await?;
        self.desk.settle().await?;
        Ok(())
    }

    /// Does a batch, however often rollouts change meanwhile.
    async fn finish(&mut self, conn: &mut Conn, claimed: &[Job]) -> anyhow::Result<()> {
        loop {
            match self.attempt(conn, claimed).await? {
                Outcome::Done => return Ok(()),
                Outcome::Again => {}
                Outcome::Fault(fault) => self.take_back(conn, fault).await?,
            }
            self.follow(conn).await?;
        }
    }

    async fn attempt(&self, conn: &mut Conn, claimed: &[Job]) -> Result<Outcome, Error> {
        let ids: Vec<TicketId> = claimed.iter().map(|job| job.subject_id.into()).collect();
        let found = tickets::find_many(conn, &Actor::system(), &ids).await?;
        let mut bodies = messages::first_of_tickets(conn, &ids).await?;
        let mut text = |ticket: &Ticket| {
            TicketText::new(&ticket.subject, bodies.remove(&ticket.id).unwrap_or_default())
        };
        let texts: Vec<TicketText> = found.iter().map(&mut text).collect();
        let read: Vec<_> = found.iter().zip(&texts).collect();
        let revision = |rollout: &Rollout| (rollout.kind, rollout.revision);
        let mut recording = Recording {
            revisions: self.rollouts.iter().map(revision).collect(),
            neighbours: self.similar.neighbours(&read),
            ..Default::default()
        };
        let done: Vec<JobId> = claimed.iter().map(|job| job.id).collect();
        let mut held_since = Instant::now();
        for (ticket, text) in read {
            if held_since.elapsed() >= RENEW {
                held_since = Instant::now();
                if !jobs::renew_all(conn, self.id, &done, LEASE_S).await? {
                    warn!(jobs = done.len(), "lease lost; another worker does these jobs");
                    return Ok(Outcome::Done);
                }
            }
            // Networks keep a thread busy, and a training's sign of life may wait for it.
            tokio::task::yield_now().await;
            for serving in &self.serving {
                let answer = match serving.answer(ticket.id, text) {
                    Ok(answer) => answer,
                    Err(mut fault) => {
                        fault.message += &format!(" on ticket #{}", ticket.number);
                        return match fault.is_candidate {
                            true => Ok(Outcome::Fault(fault)),
                            false => Err(Error::internal(fault.message)),
                        };
                    }
                };
                recording.suggestions.extend(answer.suggestion);
                recording.shadow.extend(answer.shadow);
            }
        }
        Ok(match suggestions::record_served(conn, self.id, &done, recording).await? {
            Recorded::Yes => Outcome::Done,
            Recorded::RolloutChanged => Outcome::Again,
            Recorded::LeaseLost => {
                warn!(jobs = done.len(), "lease lost; another worker does these jobs");
                Outcome::Done
            }
        })
    }

    async fn finish_singly(&mut self, conn: &mut Conn, claimed: &[Job]) -> anyhow::Result<()> {
        for job in claimed {
            match self.finish(conn, std::slice::from_ref(job)).await {
                Ok(()) => {}
                Err(error) if is_outage(&error) => return Err(error),
                Err(error) => {
                    warn!(job.id = %job.id, error = ?error, "a job failed");
                    jobs::fail(conn, self.id, job.id, &error.to_string()).await?;
                }
            }
        }
        Ok(())
    }
}

/// No job's fault: the database is away, or a model cannot be loaded.
fn is_outage(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Error::Unavailable(_)))
        || error.downcast_ref::<StoreError>().is_some()
}

/// Lower-case hex, as artefacts are named.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

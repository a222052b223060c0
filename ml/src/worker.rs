//! The worker: claims suggestion jobs, asks the active models, records the answers.
//!
//! Everything about a batch that lasts, suggestions, events and the end of the jobs, is written in
//! one transaction. Killed before it, the worker leaves jobs whose lease runs out and which are done
//! again; killed after it, there is nothing left to do. While no model is active no job is claimed:
//! they wait for the first one.

use anyhow::Context;
use deskwire_domain::ids::{JobId, TicketId, WorkerId};
use deskwire_domain::jobs::{self, Job, JobKind};
use deskwire_domain::models::{self, ModelVersion};
use deskwire_domain::suggestions::{self, NewSuggestion, Place, RunnerUp};
use deskwire_domain::{Actor, Conn, Desk, Error, messages, tickets};
use std::collections::HashMap;
use tracing::{info, warn};

use crate::explain::DecidingWord;
use crate::predict::{Model, Suggestion};
use crate::store::ModelStore;
use crate::text::{Part, TicketText};

/// Jobs claimed at a time.
const BATCH: i64 = 100;
/// Seconds a claimed job is held; a batch takes a fraction of one.
const LEASE_S: i64 = 20;

/// One running worker.
pub struct Worker {
    desk: Desk,
    store: ModelStore,
    id: WorkerId,
    serving: Vec<Serving>,
}

/// An active version with its loaded artefact.
struct Serving {
    version: ModelVersion,
    model: Model,
}

impl Worker {
    pub fn new(desk: Desk, store: ModelStore) -> Self {
        Self { desk, store, id: WorkerId::new(), serving: Vec::new() }
    }

    /// Does one batch; returns how many jobs it finished, 0 when nothing is due or no model is
    /// active.
    ///
    /// # Errors
    /// A sentence for the log: the database is away, or an active artefact cannot be loaded. Nothing
    /// is lost; call again after a pause.
    pub async fn run_once(&mut self) -> anyhow::Result<usize> {
        let mut conn = self.desk.conn().await?;
        self.follow_versions(&mut conn).await?;
        if self.serving.is_empty() {
            return Ok(0);
        }
        let claimed = jobs::claim(&mut conn, JobKind::Suggest, self.id, BATCH, LEASE_S).await?;
        if claimed.is_empty() {
            return Ok(0);
        }
        match self.finish(&mut conn, &claimed).await {
            Ok(()) => {}
            Err(Error::Unavailable(source)) => return Err(Error::Unavailable(source).into()),
            // One bad job must not hold up the others: find it.
            Err(_) => self.finish_singly(&mut conn, &claimed).await?,
        }
        drop(conn);
        self.desk.settle().await?;
        Ok(claimed.len())
    }

    /// Loads what became active and forgets the rest.
    async fn follow_versions(&mut self, conn: &mut Conn) -> anyhow::Result<()> {
        let active = models::active(conn).await?;
        let is_current = |known: &[Serving]| {
            known.iter().map(|s| s.version.id).eq(active.iter().map(|version| version.id))
        };
        if is_current(&self.serving) {
            return Ok(());
        }
        let mut serving = Vec::new();
        for version in active {
            let hash = hex(&version.artifact_hash);
            let model = self.store.load(&hash).with_context(|| {
                format!("cannot load the {} model, version {}", version.kind, version.number)
            })?;
            info!(kind = %version.kind, version = version.number, "model loaded");
            serving.push(Serving { version, model });
        }
        self.serving = serving;
        Ok(())
    }

    async fn finish(&self, conn: &mut Conn, claimed: &[Job]) -> Result<(), Error> {
        let ids: Vec<TicketId> = claimed.iter().map(|job| job.subject_id.into()).collect();
        let found = tickets::find_many(conn, &Actor::system(), &ids).await?;
        let mut bodies = messages::first_of_tickets(conn, &ids).await?;
        let mut new = Vec::new();
        for ticket in found {
            let body = bodies.remove(&ticket.id).unwrap_or_default();
            let text = TicketText::new(&ticket.subject, &body);
            let answers = self.serving.iter().map(|serving| serving.suggest(ticket.id, &text));
            new.extend(answers.flatten());
        }
        let done: Vec<JobId> = claimed.iter().map(|job| job.id).collect();
        if !suggestions::record(conn, self.id, &done, new).await? {
            warn!(jobs = done.len(), "lease lost; another worker does these jobs");
        }
        Ok(())
    }

    async fn finish_singly(&self, conn: &mut Conn, claimed: &[Job]) -> Result<(), Error> {
        for job in claimed {
            match self.finish(conn, std::slice::from_ref(job)).await {
                Ok(()) => {}
                Err(Error::Unavailable(source)) => return Err(Error::Unavailable(source)),
                Err(error) => {
                    warn!(job.id = %job.id, error = ?error, "a job failed");
                    jobs::fail(conn, self.id, job.id, &error.to_string()).await?;
                }
            }
        }
        Ok(())
    }
}

impl Serving {
    /// `None` where the label means nothing on this desk any more.
    fn suggest(&self, ticket_id: TicketId, text: &TicketText) -> Option<NewSuggestion> {
        let said = self.model.suggest(text);
        let meanings = &self.version.labels;
        let label = *meanings.get(&said.label)?;
        let runner_ups = said.runner_ups.iter().filter_map(|(name, probability)| {
            Some(RunnerUp { label: *meanings.get(name)?, probability: *probability })
        });
        Some(NewSuggestion {
            ticket_id,
            model_version_id: self.version.id,
            label,
            probability: said.probability,
            abstained: said.abstained,
            runner_ups: runner_ups.collect(),
            deciding_words: deciding_words(&said, text),
        })
    }
}

/// A word that decides in several places is one reason: its shares add up, and the first place is named.
fn deciding_words(said: &Suggestion, text: &TicketText) -> Vec<suggestions::DecidingWord> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut words: Vec<suggestions::DecidingWord> = Vec::new();
    for word in &said.deciding_words {
        let at = *seen.entry(word.text.to_lowercase()).or_insert(words.len());
        match words.get_mut(at) {
            Some(known) => {
                known.share += word.share;
                known.place =
                    known.place.into_iter().chain([place_of(word, text)]).min_by_key(order);
            }
            None => words.push(suggestions::DecidingWord {
                text: word.text.clone(),
                share: word.share,
                place: Some(place_of(word, text)),
            }),
        }
    }
    words
}

/// The subject is read before the message.
fn order(place: &Place) -> (bool, u32) {
    (place.part == suggestions::Part::Message, place.start)
}

/// Bytes of the part's text as characters; the message is the ticket's first public one.
fn place_of(word: &DecidingWord, text: &TicketText) -> Place {
    let all = text.part(word.part);
    let chars = |bytes: &str| u32::try_from(bytes.chars().count()).unwrap_or(u32::MAX);
    let start = chars(&all[..word.range.start]);
    let part = match word.part {
        Part::Subject => suggestions::Part::Subject,
        Part::Body => suggestions::Part::Message,
    };
    let end = start + chars(&all[word.range.clone()]);
    Place { part, message_id: None, start, end }
}

/// Lower-case hex, as artefacts are named.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

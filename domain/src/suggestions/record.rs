//! Writing down what a model suggested, in the transaction that finishes the jobs.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use std::collections::{HashMap, HashSet};

use super::{DecidingWord, Label, LabelKind, Row, RunnerUp, Served, SuggestionState};
use crate::db::one_of;
use crate::db::schema::suggestions;
use crate::error::{Error, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent, SuggestionRef};
use crate::ids::{JobId, ModelVersionId, SuggestionId, TicketId, WorkerId};
use crate::models::{self, ShadowScore};
use crate::tickets::{self, LabelOrigin, TicketSnapshot};
use crate::{Actor, Conn, Timestamp, jobs};

/// A model's answer for one ticket and label kind.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSuggestion {
    pub ticket_id: TicketId,
    pub model_version_id: ModelVersionId,
    pub label: Label,
    /// Calibrated, 0 to 1.
    pub probability: f64,
    pub abstained: bool,
    pub runner_ups: Vec<RunnerUp>,
    pub deciding_words: Vec<DecidingWord>,
    pub served: Served,
}

/// What a worker has to say for a batch of jobs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recording {
    pub suggestions: Vec<NewSuggestion>,
    /// Scores of candidates, which nobody sees.
    pub shadow: Vec<ShadowScore>,
    /// Revisions of the rollouts that were served by, by kind; one that has moved on refuses the whole.
    pub revisions: Vec<(LabelKind, u32)>,
}

/// What became of a [`Recording`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    Yes,
    /// A job is no longer this worker's; nothing was written.
    LeaseLost,
    /// A rollout changed in the meantime; nothing was written. Look at it and do the jobs again.
    RolloutChanged,
}

/// Records suggestions with their events and finishes the jobs that asked for them.
///
/// A ticket that already has a suggestion of the same kind and model version keeps that one; a kind
/// that a person has labelled in the meantime gets none, nor does a ticket that was deleted or merged
/// into another. Open suggestions of earlier versions
/// become superseded. Returns `false`, with nothing written, when a job is no longer this worker's.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away; nothing is written then.
pub async fn record(
    conn: &mut Conn,
    worker: WorkerId,
    done: &[JobId],
    new: Vec<NewSuggestion>,
) -> Result<bool> {
    let recording = Recording { suggestions: new, ..Default::default() };
    Ok(record_served(conn, worker, done, recording).await? == Recorded::Yes)
}

/// As [`record`], with scores of candidates, and only while the rollouts are those that were served by.
///
/// # Errors
/// As [`record`].
pub async fn record_served(
    conn: &mut Conn,
    worker: WorkerId,
    done: &[JobId],
    recording: Recording,
) -> Result<Recorded> {
    let outcome = conn
        .transaction(async |conn| {
            require_same_rollouts(conn, &recording.revisions).await?;
            write(conn, recording.suggestions, recording.shadow).await?;
            if jobs::complete(conn, worker, done).await? {
                Ok(())
            } else {
                Err(Refused::For(Recorded::LeaseLost))
            }
        })
        .await;
    match outcome {
        Ok(()) => Ok(Recorded::Yes),
        Err(Refused::For(reason)) => Ok(reason),
        Err(Refused::Other(error)) => Err(error),
    }
}

/// Why the transaction is rolled back.
enum Refused {
    For(Recorded),
    Other(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<diesel::result::Error> for Refused {
    fn from(error: diesel::result::Error) -> Self {
        Self::Other(error.into())
    }
}

/// Read without a lock: a transition never waits for workers, and what is recorded beside it is as if it
/// had come the moment before.
async fn require_same_rollouts(
    conn: &mut Conn,
    served_by: &[(LabelKind, u32)],
) -> Result<(), Refused> {
    if served_by.is_empty() {
        return Ok(());
    }
    let present = models::rollouts(conn).await?;
    let is_same = |(kind, revision): &(LabelKind, u32)| {
        present.iter().any(|rollout| rollout.kind == *kind && rollout.revision == *revision)
    };
    if served_by.iter().all(is_same) { Ok(()) } else { Err(Refused::For(Recorded::RolloutChanged)) }
}

async fn write(
    conn: &mut Conn,
    new: Vec<NewSuggestion>,
    mut shadow: Vec<ShadowScore>,
) -> Result<()> {
    let suggested = new.iter().map(|suggestion| suggestion.ticket_id);
    let scored = shadow.iter().map(|score| score.ticket_id);
    let mut ids: Vec<TicketId> = suggested.chain(scored).collect();
    ids.sort();
    ids.dedup();
    let locked: HashMap<TicketId, TicketSnapshot> = tickets::lock_many(conn, &ids)
        .await?
        .into_iter()
        .map(|ticket| (ticket.id, ticket))
        .collect();
    let mut known: HashSet<(TicketId, LabelKind, ModelVersionId)> = suggestions::table
        .filter(one_of(suggestions::ticket_id, &ids))
        .select((suggestions::ticket_id, suggestions::kind, suggestions::model_version_id))
        .load::<(TicketId, LabelKind, ModelVersionId)>(conn)
        .await?
        .into_iter()
        .collect();
    let has_earlier: HashSet<TicketId> = known.iter().map(|(ticket, _, _)| *ticket).collect();
    let now = Timestamp::now();
    let (mut rows, mut log) = (Vec::new(), Vec::new());
    for suggestion in new {
        let Some(ticket) = locked.get(&suggestion.ticket_id) else { continue };
        let kind = suggestion.label.kind();
        let is_new = known.insert((ticket.id, kind, suggestion.model_version_id));
        if !is_new || !ticket.is_listed() || is_labelled(ticket, kind) {
            continue;
        }
        let row = row(suggestion, kind, now);
        log.push(event(&row, ticket, now));
        rows.push(row);
    }
    for row in rows.iter().filter(|row| has_earlier.contains(&row.ticket_id)) {
        supersede(conn, &[row.ticket_id], Some(row.kind)).await?;
    }
    if !rows.is_empty() {
        diesel::insert_into(suggestions::table).values(&rows).execute(conn).await?;
    }
    shadow.retain(|score| locked.get(&score.ticket_id).is_some_and(|ticket| ticket.is_listed()));
    models::write_shadow(conn, shadow, now).await?;
    events::append(conn, &log).await
}

fn is_labelled(ticket: &TicketSnapshot, kind: LabelKind) -> bool {
    match kind {
        LabelKind::Category => ticket.category_id.is_some(),
        LabelKind::Priority => ticket.priority_origin == LabelOrigin::Person,
    }
}

fn row(new: NewSuggestion, kind: LabelKind, now: Timestamp) -> Row {
    let (category_id, priority) = match new.label {
        Label::Category(id) => (Some(id), None),
        Label::Priority(priority) => (None, Some(priority)),
    };
    let json = "plain values";
    Row {
        id: SuggestionId::new(),
        ticket_id: new.ticket_id,
        kind,
        category_id,
        priority,
        probability: new.probability,
        abstained: new.abstained,
        runner_ups: serde_json::to_string(&new.runner_ups).expect(json),
        deciding_words: serde_json::to_string(&new.deciding_words).expect(json),
        model_version_id: new.model_version_id,
        state: SuggestionState::Open,
        decided_by: None,
        decided_at: None,
        created_at: now,
        arm: new.served.arm,
        new_word_share: new.served.new_word_share,
        took_us: new.served.took_us,
        language: new.served.language,
    }
}

fn event(row: &Row, ticket: &TicketSnapshot, now: Timestamp) -> NewEvent {
    let payload = EventPayload {
        ticket: Some(ticket.clone()),
        suggestion: Some(SuggestionRef { id: row.id, kind: row.kind, state: row.state }),
        ..Default::default()
    };
    NewEvent::new(EventKind::SuggestionRecorded, &Actor::system(), row.ticket_id, now, payload)
}

/// Takes open suggestions out of question: those of one kind, or of both.
pub(crate) async fn supersede(
    conn: &mut Conn,
    tickets: &[TicketId],
    kind: Option<LabelKind>,
) -> Result<()> {
    let kinds = kind.map_or(LabelKind::ALL.to_vec(), |kind| vec![kind]);
    diesel::update(
        suggestions::table
            .filter(suggestions::ticket_id.eq_any(tickets))
            .filter(suggestions::kind.eq_any(kinds))
            .filter(suggestions::state.eq(SuggestionState::Open)),
    )
    .set(suggestions::state.eq(SuggestionState::Superseded))
    .execute(conn)
    .await?;
    Ok(())
}

//! Writing down what a model suggested, in the transaction that finishes the jobs.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use std::collections::{HashMap, HashSet};

use super::{DecidingWord, Label, LabelKind, Row, RunnerUp, SuggestionState};
use crate::db::one_of;
use crate::db::schema::suggestions;
use crate::error::{Error, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent, SuggestionRef};
use crate::ids::{JobId, ModelVersionId, SuggestionId, TicketId, WorkerId};
use crate::jobs;
use crate::similar::{self, NewNeighbours};
use crate::tickets::{self, LabelOrigin, TicketSnapshot};
use crate::{Actor, Conn, Timestamp};

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
}

/// What the worker found out about the tickets of some jobs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Findings {
    pub suggestions: Vec<NewSuggestion>,
    /// Tickets like them.
    pub neighbours: Vec<NewNeighbours>,
}

impl From<Vec<NewSuggestion>> for Findings {
    fn from(suggestions: Vec<NewSuggestion>) -> Self {
        Self { suggestions, neighbours: Vec::new() }
    }
}

/// Records suggestions with their events, and what else was found out, and finishes the jobs that asked
/// for it.
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
    found: impl Into<Findings>,
) -> Result<bool> {
    let Findings { suggestions, neighbours } = found.into();
    let outcome = conn
        .transaction(async |conn| {
            write(conn, suggestions).await?;
            similar::store(conn, neighbours).await?;
            if jobs::complete(conn, worker, done).await? { Ok(()) } else { Err(LeaseLost::Yes) }
        })
        .await;
    match outcome {
        Ok(()) => Ok(true),
        Err(LeaseLost::Yes) => Ok(false),
        Err(LeaseLost::Other(error)) => Err(error),
    }
}

enum LeaseLost {
    Yes,
    Other(Error),
}

impl From<Error> for LeaseLost {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<diesel::result::Error> for LeaseLost {
    fn from(error: diesel::result::Error) -> Self {
        Self::Other(error.into())
    }
}

async fn write(conn: &mut Conn, new: Vec<NewSuggestion>) -> Result<()> {
    let mut ids: Vec<TicketId> = new.iter().map(|suggestion| suggestion.ticket_id).collect();
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

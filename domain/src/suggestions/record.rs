//! Writing down what a model suggested, in the transaction that finishes the jobs.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use std::collections::{HashMap, HashSet};

use super::apply::{Earlier, Rules, put_on};
use super::words::name_messages;
use super::{DecidingWord, Label, LabelKind, Row, RunnerUp, SuggestionState};
use crate::db::schema::suggestions;
use crate::error::{Error, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent, SuggestionRef};
use crate::ids::{JobId, ModelVersionId, SuggestionId, TicketId, WorkerId};
use crate::jobs;
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

/// Records suggestions with their events and finishes the jobs that asked for them.
///
/// A ticket that already has a suggestion of the same kind and model version keeps that one; a kind
/// that a person has labelled in the meantime gets none, nor does a ticket that was deleted or merged
/// into another. Open suggestions of earlier versions become superseded. Where the ticket's queue has a
/// rule for it ([`super::AutoApply`]), a sure label goes on the ticket at once; it then takes the place of
/// one that was applied before. Returns `false`, with nothing written, when a job is no longer this
/// worker's.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away; nothing is written then.
pub async fn record(
    conn: &mut Conn,
    worker: WorkerId,
    done: &[JobId],
    new: Vec<NewSuggestion>,
) -> Result<bool> {
    let outcome = conn
        .transaction(async |conn| {
            write(conn, new).await?;
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

async fn write(conn: &mut Conn, mut new: Vec<NewSuggestion>) -> Result<()> {
    let mut ids: Vec<TicketId> = new.iter().map(|suggestion| suggestion.ticket_id).collect();
    ids.sort();
    ids.dedup();
    let mut locked: HashMap<TicketId, TicketSnapshot> = tickets::lock_many(conn, &ids)
        .await?
        .into_iter()
        .map(|ticket| (ticket.id, ticket))
        .collect();
    let before = locked.clone();
    let earlier = Earlier::load(conn, &ids).await?;
    let rules = Rules::load(conn).await?;
    name_messages(conn, &mut new).await?;
    let mut known: HashSet<(TicketId, LabelKind, ModelVersionId)> = earlier.keys().collect();
    let has_earlier: HashSet<TicketId> = known.iter().map(|(ticket, _, _)| *ticket).collect();
    let now = Timestamp::now();
    let (mut rows, mut log) = (Vec::new(), Vec::new());
    for suggestion in new {
        let Some(ticket) = locked.get_mut(&suggestion.ticket_id) else { continue };
        let kind = suggestion.label.kind();
        let is_new = known.insert((ticket.id, kind, suggestion.model_version_id));
        if !is_new || !ticket.is_listed() || ticket.origin(kind) == LabelOrigin::Person {
            continue;
        }
        let applies = rules.admit(ticket, &suggestion, &earlier);
        let label = suggestion.label;
        let mut row = row(suggestion, kind, now);
        let applied = applies.then(|| put_on(ticket, label, &mut row, &earlier, now)).flatten();
        log.push(applied.unwrap_or_else(|| event(&row, ticket, now)));
        rows.push(row);
    }
    for row in rows.iter().filter(|row| has_earlier.contains(&row.ticket_id)) {
        match row.state {
            SuggestionState::Applied => supersede(conn, &[row.ticket_id], Some(row.kind)).await?,
            _ => supersede_open(conn, &[row.ticket_id], Some(row.kind)).await?,
        }
    }
    if !rows.is_empty() {
        diesel::insert_into(suggestions::table).values(&rows).execute(conn).await?;
    }
    for (id, after) in &locked {
        if *after != before[id] {
            tickets::store(conn, &before[id], after).await?;
        }
    }
    events::append(conn, &log).await
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
        stored_state: SuggestionState::Open,
        state: SuggestionState::Open,
        decided_by: None,
        decided_at: None,
        created_at: now,
        applied_at: None,
        was_priority: None,
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

/// Takes open and applied suggestions out of question: those of one kind, or of both. What was applied
/// stays on the ticket.
pub(crate) async fn supersede(
    conn: &mut Conn,
    tickets: &[TicketId],
    kind: Option<LabelKind>,
) -> Result<()> {
    replace(conn, tickets, kind, &[SuggestionState::Open, SuggestionState::Applied]).await
}

async fn supersede_open(
    conn: &mut Conn,
    tickets: &[TicketId],
    kind: Option<LabelKind>,
) -> Result<()> {
    replace(conn, tickets, kind, &[SuggestionState::Open]).await
}

async fn replace(
    conn: &mut Conn,
    tickets: &[TicketId],
    kind: Option<LabelKind>,
    states: &[SuggestionState],
) -> Result<()> {
    let kinds = kind.map_or(LabelKind::ALL.to_vec(), |kind| vec![kind]);
    diesel::update(
        suggestions::table
            .filter(suggestions::ticket_id.eq_any(tickets))
            .filter(suggestions::kind.eq_any(kinds))
            .filter(suggestions::state.eq_any(states)),
    )
    .set(suggestions::stored_state.eq(SuggestionState::Superseded))
    .execute(conn)
    .await?;
    Ok(())
}

//! People decide: accept, dismiss, or choose something else.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::{Label, LabelKind, Row, Suggestion, SuggestionState, find_visible, rules};
use crate::db::schema::suggestions;
use crate::error::{Conflict, ConflictCode, Error, Result};
use crate::events::{EventKind, EventPayload, NewEvent, SuggestionRef};
use crate::ids::{SuggestionId, TicketId};
use crate::metrics::committed;
use crate::queues::QueueRight;
use crate::tickets::{self, Edit, Needs, Ticket, TicketSnapshot};
use crate::{Actor, Conn, Timestamp, categories};

/// Puts the suggested label on the ticket as the actor's decision; one that the desk had applied is
/// theirs from then on. Staff with the right to reply.
///
/// # Errors
/// [`ConflictCode::AlreadyDecided`], with who decided; [`Error::Invalid`] when the category was
/// retired; [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn accept(
    conn: &mut Conn,
    actor: &Actor,
    id: SuggestionId,
) -> Result<(Ticket, Suggestion)> {
    let now = Timestamp::now();
    committed(conn.transaction(async |conn| {
        let (before, mut suggestion) = lock(conn, actor, id).await?;
        if !matches!(suggestion.state, SuggestionState::Open | SuggestionState::Applied) {
            return Err(already_decided(&suggestion));
        }
        if let Label::Category(category) = suggestion.label {
            categories::require_active(conn, category).await?;
        }
        let mut after = before.clone();
        after.decide(suggestion.label);
        let log = settle_by_person(conn, actor, before.id, suggestion.label, now).await?;
        suggestion.set(SuggestionState::Accepted, actor, now);
        let ticket = tickets::write(conn, actor, &before, after, now, log).await?;
        Ok((ticket, suggestion))
    }))
    .await
}

/// Puts the suggestion away; the ticket stays as it is. Staff with the right to reply.
///
/// # Errors
/// [`ConflictCode::AlreadyDecided`], also for one that was applied, which [`super::revert()`] takes
/// off; [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn dismiss(
    conn: &mut Conn,
    actor: &Actor,
    id: SuggestionId,
) -> Result<(Ticket, Suggestion)> {
    let now = Timestamp::now();
    committed(conn.transaction(async |conn| {
        let (before, mut suggestion) = lock(conn, actor, id).await?;
        if suggestion.state != SuggestionState::Open {
            return Err(already_decided(&suggestion));
        }
        let event = mark(conn, actor, &mut suggestion, SuggestionState::Dismissed, now).await?;
        let after = before.clone();
        let ticket = tickets::write(conn, actor, &before, after, now, vec![event]).await?;
        Ok((ticket, suggestion))
    }))
    .await
}

/// Locks the suggestion's ticket and reads the suggestion under the lock: another agent may just have
/// decided.
pub(super) async fn lock(
    conn: &mut Conn,
    actor: &Actor,
    id: SuggestionId,
) -> Result<(TicketSnapshot, Suggestion)> {
    let found = find_visible(conn, actor, id).await?;
    let edit = Edit::any_version(found.ticket_id);
    let ticket = tickets::lock(conn, actor, edit, Needs::Right(QueueRight::Reply)).await?;
    Ok((ticket, find_visible(conn, actor, id).await?))
}

/// The suggestion is past the decision, and who made it.
pub(super) fn already_decided(suggestion: &Suggestion) -> Error {
    let message = match suggestion.state {
        SuggestionState::Applied => "this suggestion is already on the ticket; accept or revert it",
        state => {
            return decided_conflict(suggestion, format!("this suggestion is already {state}"));
        }
    };
    decided_conflict(suggestion, message.to_owned())
}

fn decided_conflict(suggestion: &Suggestion, message: String) -> Error {
    Error::Conflict(Box::new(Conflict {
        code: ConflictCode::AlreadyDecided,
        message,
        path: "id",
        changed_by: suggestion.decided_by,
        changed_at: suggestion.decided_at.or(suggestion.applied_at),
    }))
}

/// A person set a label by hand: the suggestions in force become accepted when they agree,
/// overridden when not. An earlier acceptance that is changed counts as overridden too, and so does
/// what was applied, dismissed or ignored.
///
/// Returns the events to append; call while the ticket is locked.
pub(crate) async fn settle_by_person(
    conn: &mut Conn,
    actor: &Actor,
    ticket: TicketId,
    label: Label,
    now: Timestamp,
) -> Result<Vec<NewEvent>> {
    let mut log = Vec::new();
    for mut suggestion in of_kind(conn, ticket, label.kind()).await? {
        let state = if suggestion.label == label {
            SuggestionState::Accepted
        } else {
            SuggestionState::Overridden
        };
        if state != suggestion.state && rules::is_settled_by_hand(suggestion.state) {
            log.push(mark(conn, actor, &mut suggestion, state, now).await?);
        }
    }
    Ok(log)
}

/// A person took a label off that may have been the desk's: what was applied is dismissed.
///
/// Returns the events to append; call while the ticket is locked.
pub(crate) async fn dismiss_applied(
    conn: &mut Conn,
    actor: &Actor,
    ticket: TicketId,
    kind: LabelKind,
    now: Timestamp,
) -> Result<Vec<NewEvent>> {
    let mut log = Vec::new();
    for mut suggestion in of_kind(conn, ticket, kind).await? {
        if suggestion.state == SuggestionState::Applied {
            log.push(mark(conn, actor, &mut suggestion, SuggestionState::Dismissed, now).await?);
        }
    }
    Ok(log)
}

/// The ticket may just have become solved or closed: what it leaves undecided is ignored, but for
/// suggestions that were no advice because the model abstained.
///
/// Returns the events to append; call while the ticket is locked.
pub(crate) async fn ignore_at_end(
    conn: &mut Conn,
    actor: &Actor,
    before: &Ticket,
    after: &Ticket,
    now: Timestamp,
) -> Result<Vec<NewEvent>> {
    if !rules::ends(before.status, after.status) {
        return Ok(Vec::new());
    }
    let open: Vec<Row> = Row::query()
        .filter(suggestions::ticket_id.eq(after.id))
        .filter(suggestions::state.eq(SuggestionState::Open))
        .filter(suggestions::abstained.eq(false))
        .order(suggestions::id.asc())
        .load(conn)
        .await?;
    let mut log = Vec::new();
    for row in open {
        let mut suggestion = row.into_suggestion()?;
        log.push(mark(conn, actor, &mut suggestion, SuggestionState::Ignored, now).await?);
    }
    Ok(log)
}

async fn of_kind(conn: &mut Conn, ticket: TicketId, kind: LabelKind) -> Result<Vec<Suggestion>> {
    let rows: Vec<Row> = Row::query()
        .filter(suggestions::ticket_id.eq(ticket))
        .filter(suggestions::kind.eq(kind))
        .order(suggestions::id.asc())
        .load(conn)
        .await?;
    rows.into_iter().map(Row::into_suggestion).collect()
}

/// Writes the actor's decision; returns its event.
pub(super) async fn mark(
    conn: &mut Conn,
    actor: &Actor,
    suggestion: &mut Suggestion,
    state: SuggestionState,
    now: Timestamp,
) -> Result<NewEvent> {
    suggestion.set(state, actor, now);
    diesel::update(suggestions::table.filter(suggestions::id.eq(suggestion.id)))
        .set((
            suggestions::stored_state.eq(state.stored()),
            suggestions::decided_by.eq(suggestion.decided_by),
            suggestions::decided_at.eq(suggestion.decided_at),
        ))
        .execute(conn)
        .await?;
    let kind = suggestion.label.kind();
    let payload = EventPayload {
        suggestion: Some(SuggestionRef { id: suggestion.id, kind, state }),
        ..Default::default()
    };
    Ok(NewEvent::new(EventKind::SuggestionDecided, actor, suggestion.ticket_id, now, payload))
}

impl Suggestion {
    fn set(&mut self, state: SuggestionState, actor: &Actor, now: Timestamp) {
        (self.state, self.decided_by, self.decided_at) = (state, actor.user_id, Some(now));
    }
}

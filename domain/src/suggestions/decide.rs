//! People decide: accept, dismiss, or choose something else.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::{Label, LabelKind, Row, Suggestion, SuggestionState, find_visible};
use crate::db::schema::suggestions;
use crate::error::{ConflictCode, Error, Result};
use crate::events::{EventKind, EventPayload, NewEvent, SuggestionRef};
use crate::ids::{SuggestionId, TicketId};
use crate::metrics::committed;
use crate::queues::QueueRight;
use crate::tickets::{self, Edit, LabelOrigin, Needs, Ticket};
use crate::{Actor, Conn, Timestamp, categories};

/// Puts the suggested label on the ticket as the actor's decision. Staff with the right to reply.
///
/// # Errors
/// [`ConflictCode::AlreadyDecided`]; [`Error::Invalid`] when the category was retired;
/// [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn accept(
    conn: &mut Conn,
    actor: &Actor,
    id: SuggestionId,
) -> Result<(Ticket, Suggestion)> {
    decide(conn, actor, id, SuggestionState::Accepted).await
}

/// Puts the suggestion away; the ticket stays as it is. Staff with the right to reply.
///
/// # Errors
/// As [`accept`].
pub async fn dismiss(
    conn: &mut Conn,
    actor: &Actor,
    id: SuggestionId,
) -> Result<(Ticket, Suggestion)> {
    decide(conn, actor, id, SuggestionState::Dismissed).await
}

async fn decide(
    conn: &mut Conn,
    actor: &Actor,
    id: SuggestionId,
    state: SuggestionState,
) -> Result<(Ticket, Suggestion)> {
    let now = Timestamp::now();
    committed(conn.transaction(async |conn| {
        let found = find_visible(conn, actor, id).await?;
        let edit = Edit::any_version(found.ticket_id);
        let before = tickets::lock(conn, actor, edit, Needs::Right(QueueRight::Reply)).await?;
        // Read again under the ticket's lock: another agent may just have decided.
        let mut suggestion = find_visible(conn, actor, id).await?;
        if suggestion.state != SuggestionState::Open {
            let message = format!("this suggestion is already {}", suggestion.state);
            return Err(Error::conflict(ConflictCode::AlreadyDecided, "id", message));
        }
        let mut after = before.clone();
        if state == SuggestionState::Accepted {
            match suggestion.label {
                Label::Category(category) => {
                    categories::require_active(conn, category).await?;
                    after.category_id = Some(category);
                }
                Label::Priority(priority) => {
                    after.priority = priority;
                    after.priority_origin = LabelOrigin::Person;
                }
            }
        }
        mark(conn, actor, id, state, now).await?;
        (suggestion.state, suggestion.decided_by, suggestion.decided_at) =
            (state, actor.user_id, Some(now));
        let event = decided(actor, &suggestion, now);
        let ticket = tickets::write(conn, actor, &before, after, now, vec![event]).await?;
        Ok((ticket, suggestion))
    }))
    .await
}

/// A person set a label by hand: the suggestion in force becomes accepted when they agree,
/// overridden when not. An earlier acceptance that is changed counts as overridden too.
///
/// Returns the events to append; call while the ticket is locked.
pub(crate) async fn settle_by_person(
    conn: &mut Conn,
    actor: &Actor,
    ticket: TicketId,
    label: Label,
    now: Timestamp,
) -> Result<Vec<NewEvent>> {
    let in_force: Vec<Row> = Row::query()
        .filter(suggestions::ticket_id.eq(ticket))
        .filter(suggestions::kind.eq(label.kind()))
        .filter(suggestions::state.eq_any([
            SuggestionState::Open,
            SuggestionState::Dismissed,
            SuggestionState::Accepted,
        ]))
        .load(conn)
        .await?;
    let mut log = Vec::new();
    for row in in_force {
        let mut suggestion = row.into_suggestion()?;
        let state = if suggestion.label == label {
            SuggestionState::Accepted
        } else {
            SuggestionState::Overridden
        };
        if state == suggestion.state {
            continue;
        }
        mark(conn, actor, suggestion.id, state, now).await?;
        suggestion.state = state;
        log.push(decided(actor, &suggestion, now));
    }
    Ok(log)
}

async fn mark(
    conn: &mut Conn,
    actor: &Actor,
    id: SuggestionId,
    state: SuggestionState,
    now: Timestamp,
) -> Result<()> {
    diesel::update(suggestions::table.filter(suggestions::id.eq(id)))
        .set((
            suggestions::state.eq(state),
            suggestions::decided_by.eq(actor.user_id),
            suggestions::decided_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

fn decided(actor: &Actor, suggestion: &Suggestion, now: Timestamp) -> NewEvent {
    let kind: LabelKind = suggestion.label.kind();
    let payload = EventPayload {
        suggestion: Some(SuggestionRef { id: suggestion.id, kind, state: suggestion.state }),
        ..Default::default()
    };
    NewEvent::new(EventKind::SuggestionDecided, actor, suggestion.ticket_id, now, payload)
}

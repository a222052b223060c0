//! Reading suggestions; staff only, by every path.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

use super::{LabelKind, Row, Suggestion};
use crate::db::one_of;
use crate::db::schema::{suggestions, tickets};
use crate::error::{Error, Result};
use crate::ids::{SuggestionId, TicketId};
use crate::tickets::Visibility;
use crate::{Actor, Conn};

/// Suggestions of several tickets, newest first; none for customers, nor for tickets that are out of
/// sight by now, as one in an old event may be.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn of_tickets(
    conn: &mut Conn,
    actor: &Actor,
    ids: &[TicketId],
) -> Result<HashMap<TicketId, Vec<Suggestion>>> {
    let mut by_ticket: HashMap<TicketId, Vec<Suggestion>> = HashMap::new();
    if !actor.is_staff() {
        return Ok(by_ticket);
    }
    let rows: Vec<Row> = suggestions::table
        .inner_join(tickets::table)
        .filter(one_of(suggestions::ticket_id, ids))
        .filter(
            Visibility::of(&Actor { scopes: None, ..actor.clone() })?.predicate_with_suggestions(),
        )
        .order(suggestions::id.desc())
        .select(Row::as_select())
        .load(conn)
        .await?;
    for row in rows {
        let suggestion = row.into_suggestion()?;
        by_ticket.entry(suggestion.ticket_id).or_default().push(suggestion);
    }
    Ok(by_ticket)
}

/// One suggestion, if the actor is staff and may see its ticket.
///
/// # Errors
/// [`Error::NotFound`] for missing and invisible suggestions alike.
pub async fn find_visible(conn: &mut Conn, actor: &Actor, id: SuggestionId) -> Result<Suggestion> {
    let found = find_many(conn, actor, &[id]).await?.pop();
    found.ok_or_else(|| Error::not_found("suggestion", "id"))
}

/// Several suggestions, those the actor may see, in no order; none for customers.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn find_many(
    conn: &mut Conn,
    actor: &Actor,
    ids: &[SuggestionId],
) -> Result<Vec<Suggestion>> {
    if !actor.is_staff() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = suggestions::table
        .inner_join(tickets::table)
        .filter(one_of(suggestions::id, ids))
        .filter(Visibility::of(actor)?.predicate_with_suggestions())
        .select(Row::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(Row::into_suggestion).collect()
}

/// The newest suggestion of one kind for each ticket, whoever may see it.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn recorded(
    conn: &mut Conn,
    kind: LabelKind,
    ids: &[TicketId],
) -> Result<HashMap<TicketId, Suggestion>> {
    let mut newest = HashMap::new();
    for suggestion in load(conn, ids).await? {
        if suggestion.label.kind() == kind {
            newest.entry(suggestion.ticket_id).or_insert(suggestion);
        }
    }
    Ok(newest)
}

async fn load(conn: &mut Conn, ids: &[TicketId]) -> Result<Vec<Suggestion>> {
    let rows: Vec<Row> = Row::query()
        .filter(one_of(suggestions::ticket_id, ids))
        .order(suggestions::id.desc())
        .load(conn)
        .await?;
    rows.into_iter().map(Row::into_suggestion).collect()
}

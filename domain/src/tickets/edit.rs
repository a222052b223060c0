//! What every change of a ticket does alike: lock, check, write, append the event.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};

use super::queries::{find_many, lock_many};
use super::{Ticket, TicketSnapshot, Visibility, milestones};
use crate::actor::Scope;
use crate::db::schema::{events, ticket_tags, tickets};
use crate::error::{Conflict, ConflictCode, Error, Result};
use crate::events::{EventKind, EventPayload, NewEvent, TicketChanges, append};
use crate::ids::{SubjectId, TicketId, UserId};
use crate::queues::QueueRight;
use crate::{Actor, Conn, Timestamp, notifications};

/// Which ticket to change, and which version of it the caller has in mind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    pub ticket_id: TicketId,
    /// `None` changes whatever version is there.
    pub expected_version: Option<u32>,
}

impl Edit {
    pub fn any_version(ticket_id: TicketId) -> Self {
        Self { ticket_id, expected_version: None }
    }
}

/// Who may make a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Staff with this right on the ticket's queue.
    Right(QueueRight),
    /// The same, or the customer who asked.
    RightOrRequester(QueueRight),
}

/// Locks a ticket until the transaction ends and checks that the actor may make the change.
///
/// # Errors
/// [`Error::NotFound`] for missing and invisible tickets; [`Error::Forbidden`];
/// [`ConflictCode::Merged`]; [`ConflictCode::StaleVersion`] with who changed the ticket and when.
pub(crate) async fn lock(
    conn: &mut Conn,
    actor: &Actor,
    edit: Edit,
    needs: Needs,
) -> Result<TicketSnapshot> {
    let ticket = lock_merged_too(conn, actor, edit.ticket_id, needs).await?;
    refuse_merged(conn, actor, &ticket, "id").await?;
    refuse_stale(conn, &ticket, edit.expected_version).await?;
    Ok(ticket)
}

/// As [`lock`], for a verb that first looks whether it was already done before the ticket was merged
/// into another.
pub(crate) async fn lock_merged_too(
    conn: &mut Conn,
    actor: &Actor,
    id: TicketId,
    needs: Needs,
) -> Result<TicketSnapshot> {
    actor.require_scope(Scope::TicketsWrite)?;
    let visibility = Visibility::of(&Actor { scopes: None, ..actor.clone() })?;
    let found = lock_many(conn, &[id]).await?.pop();
    let ticket = found
        .filter(|ticket| visibility.admits(ticket))
        .ok_or_else(|| Error::not_found("ticket", "id"))?;
    require(actor, &ticket, needs)?;
    Ok(ticket)
}

/// # Errors
/// [`ConflictCode::Merged`], naming the ticket to turn to if the actor may see it.
pub(crate) async fn refuse_merged(
    conn: &mut Conn,
    actor: &Actor,
    ticket: &Ticket,
    path: &'static str,
) -> Result<()> {
    let Some(target) = ticket.merged_into_id else { return Ok(()) };
    let reader = Actor { scopes: None, ..actor.clone() };
    let into = match find_many(conn, &reader, &[target]).await?.pop() {
        Some(target) => format!("#{}; turn to that one", target.number),
        None => "another ticket".to_owned(),
    };
    let message = format!("ticket #{} was merged into {into}", ticket.number);
    Err(Error::conflict(ConflictCode::Merged, path, message))
}

/// # Errors
/// [`ConflictCode::StaleVersion`].
pub(super) async fn refuse_stale(
    conn: &mut Conn,
    ticket: &Ticket,
    expected: Option<u32>,
) -> Result<()> {
    match expected {
        Some(expected) if expected != ticket.version => Err(stale(conn, ticket, expected).await?),
        _ => Ok(()),
    }
}

pub(super) fn require(actor: &Actor, ticket: &Ticket, needs: Needs) -> Result<()> {
    let (right, requester_may) = match needs {
        Needs::Right(right) => (right, false),
        Needs::RightOrRequester(right) => (right, true),
    };
    if !actor.is_staff() {
        return if requester_may {
            Ok(())
        } else {
            Err(Error::Forbidden("only agents can do this".into()))
        };
    }
    if actor.queue_right(ticket.queue_id).is_some_and(|own| own >= right) {
        return Ok(());
    }
    Err(Error::Forbidden(format!("this needs the right to {right} in the ticket's queue")))
}

async fn stale(conn: &mut Conn, ticket: &Ticket, expected: u32) -> Result<Error> {
    let (changed_by, changed_at) = last_change(conn, ticket.id).await?;
    Ok(Error::Conflict(Box::new(Conflict {
        code: ConflictCode::StaleVersion,
        message: format!(
            "the ticket is at version {}, not {expected}; look at the change and try again",
            ticket.version
        ),
        path: "expectedVersion",
        changed_by,
        changed_at,
    })))
}

/// Who changed the ticket last, `None` for the desk itself, and when.
pub(crate) async fn last_change(
    conn: &mut Conn,
    ticket: TicketId,
) -> Result<(Option<UserId>, Option<Timestamp>)> {
    let last: Option<(Option<UserId>, Timestamp)> = events::table
        .filter(events::subject_id.eq(SubjectId::from(ticket)))
        .filter(events::kind.eq_any([
            EventKind::TicketChanged,
            EventKind::TicketMerged,
            EventKind::TicketRestored,
            EventKind::MessageReplied,
        ]))
        .order(events::seq.desc())
        .select((events::actor_id, events::occurred_at))
        .first(conn)
        .await
        .optional()?;
    let (changed_by, changed_at) = last.unzip();
    Ok((changed_by.flatten(), changed_at))
}

/// Writes what differs between the locked ticket and its new state, and the event that says so.
///
/// Nothing differs: nothing is written. Who gets the ticket is told. `extra` events of the same change follow the ticket's own.
pub(crate) async fn write(
    conn: &mut Conn,
    actor: &Actor,
    before: &TicketSnapshot,
    mut after: TicketSnapshot,
    now: Timestamp,
    extra: Vec<NewEvent>,
) -> Result<Ticket> {
    if after == *before && extra.is_empty() {
        return Ok(after.ticket);
    }
    let mut written = Vec::new();
    if after != *before {
        after.version = before.version + 1;
        after.updated_at = now;
        store(conn, before, &after).await?;
        let had = before.assignee_id;
        let payload = EventPayload {
            changes: TicketChanges::between(before, &after),
            ticket: Some(after.clone()),
            notified: notifications::of_assignment(conn, actor, had, &after, now).await?,
            ..Default::default()
        };
        written.push(NewEvent::new(EventKind::TicketChanged, actor, after.id, now, payload));
    }
    written.extend(extra.into_iter().map(|event| event.with_ticket(&after)));
    append(conn, &written).await?;
    Ok(after.ticket)
}

/// Writes a new state that has a kind of event of its own, with its version and time.
pub(super) async fn advance(
    conn: &mut Conn,
    before: &TicketSnapshot,
    mut after: TicketSnapshot,
    mut event: NewEvent,
) -> Result<Ticket> {
    after.version = before.version + 1;
    after.updated_at = event.occurred_at;
    store(conn, before, &after).await?;
    event.payload.changes = TicketChanges::between(before, &after);
    event.payload.ticket = Some(after.clone());
    append(conn, &[event]).await?;
    Ok(after.ticket)
}

/// Writes the row, where they differ the tags, and what milestones the change reaches.
pub(crate) async fn store(
    conn: &mut Conn,
    before: &TicketSnapshot,
    after: &TicketSnapshot,
) -> Result<()> {
    diesel::update(tickets::table.find(after.id))
        .set((
            tickets::subject.eq(&after.subject),
            tickets::status.eq(after.status),
            tickets::priority.eq(after.priority),
            tickets::priority_origin.eq(after.priority_origin),
            tickets::category_id.eq(after.category_id),
            tickets::applied_category_id.eq(after.applied_category_id),
            tickets::applied_priority.eq(after.applied_priority),
            tickets::queue_id.eq(after.queue_id),
            tickets::assignee_id.eq(after.assignee_id),
            tickets::version.eq(after.version),
            tickets::updated_at.eq(after.updated_at),
            tickets::solved_at.eq(after.solved_at),
            tickets::deleted_at.eq(after.deleted_at),
            tickets::merged_into_id.eq(after.merged_into_id),
        ))
        .execute(conn)
        .await?;
    milestones::note_change(conn, before, after).await?;
    if before.tag_ids != after.tag_ids {
        diesel::delete(ticket_tags::table.filter(ticket_tags::ticket_id.eq(after.id)))
            .execute(conn)
            .await?;
        let rows: Vec<_> = after
            .tag_ids
            .iter()
            .map(|tag| (ticket_tags::ticket_id.eq(after.id), ticket_tags::tag_id.eq(*tag)))
            .collect();
        diesel::insert_into(ticket_tags::table).values(rows).execute(conn).await?;
    }
    Ok(())
}

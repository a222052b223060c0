//! Putting duplicates together: one conversation instead of several.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use std::collections::HashMap;

use super::edit::{Edit, Needs, advance, refuse_merged, refuse_stale, require};
use super::queries::lock_many;
use super::{Status, Ticket, TicketSnapshot, Visibility, rules};
use crate::actor::Scope;
use crate::db::schema::messages as messages_table;
use crate::error::{ConflictCode, Error, FieldErrors, Result};
use crate::events::{EventKind, EventPayload, MessageRef, NewEvent};
use crate::ids::{MessageId, TicketId};
use crate::messages::{self, Body, Channel, Message, MessageKind};
use crate::metrics::committed;
use crate::queues::QueueRight;
use crate::{Actor, Conn, Timestamp, suggestions};

/// Most tickets merged at once.
pub const MERGE_MAX: usize = 20;

/// Which tickets become one.
#[derive(Debug, Clone)]
pub struct MergeDraft {
    /// The duplicates, 1 to [`MERGE_MAX`].
    pub source_ids: Vec<TicketId>,
    /// The ticket that stays, and the version of it the caller has in mind.
    pub target: Edit,
    /// An internal note to leave on the target.
    pub note: Option<String>,
    /// How the note came in.
    pub channel: Channel,
}

/// Moves the messages of the sources to the target and closes the sources for good.
///
/// Staff with the right to reply in every queue concerned. The sources are in no list any more, take
/// no changes and point to the target; their open and applied suggestions are superseded. The target
/// keeps its fields. All tickets must have one requester, because whoever asked on a source reads the target
/// from then on. Returns the target.
///
/// # Errors
/// [`Error::Invalid`] for `sourceIds` (none, too many, the target itself, another requester) and
/// `note`; [`Error::NotFound`]; [`Error::Forbidden`]; [`ConflictCode::Merged`] when one of them was
/// merged before; [`ConflictCode::IllegalTransition`] for a closed target; stale version.
pub async fn merge(conn: &mut Conn, actor: &Actor, draft: MergeDraft) -> Result<Ticket> {
    actor.require_staff(Scope::TicketsWrite)?;
    let note = check(actor, &draft)?;
    let now = Timestamp::now();
    committed(conn.transaction(async |conn| {
        let (sources, target) = lock(conn, actor, &draft).await?;
        let source_ids: Vec<TicketId> = sources.iter().map(|source| source.id).collect();
        let moved = messages_table::table.filter(messages_table::ticket_id.eq_any(&source_ids));
        diesel::update(moved).set(messages_table::ticket_id.eq(target.id)).execute(conn).await?;
        suggestions::supersede(conn, &source_ids, None).await?;
        for source in &sources {
            close(conn, actor, source, target.id, now).await?;
        }
        let mut payload = EventPayload { other_tickets: source_ids, ..Default::default() };
        if let Some(body) = note {
            let note = message(actor, &draft, body, now)?;
            messages::insert(conn, &note).await?;
            payload.message = Some(MessageRef { id: note.id, kind: note.kind });
        }
        let event = NewEvent::new(EventKind::TicketMerged, actor, target.id, now, payload);
        advance(conn, &target, target.clone(), event).await
    }))
    .await
}

fn check(actor: &Actor, draft: &MergeDraft) -> Result<Option<Body>> {
    let mut errors = FieldErrors::default();
    let count = draft.source_ids.len();
    if !(1..=MERGE_MAX).contains(&count) {
        errors.add("sourceIds", format!("must have 1 to {MERGE_MAX} tickets, got {count}"));
    }
    if draft.source_ids.contains(&draft.target.ticket_id) {
        errors.add("sourceIds", "a ticket cannot be merged into itself");
    }
    let mut note_errors = FieldErrors::default();
    let note = draft.note.as_ref().map(|text| Body::check(&mut note_errors, text, None));
    if let Err(Error::Invalid(fields)) = note_errors.into_result() {
        fields.into_iter().for_each(|field| errors.add("note", field.message));
    }
    errors.into_result()?;
    if note.is_some() {
        actor.user()?;
    }
    Ok(note)
}

/// Locks all of them in the order of their ids, as everybody who locks several does, and checks that
/// they may become one.
async fn lock(
    conn: &mut Conn,
    actor: &Actor,
    draft: &MergeDraft,
) -> Result<(Vec<TicketSnapshot>, TicketSnapshot)> {
    let target_id = draft.target.ticket_id;
    let mut ids = draft.source_ids.clone();
    ids.push(target_id);
    let visibility = Visibility::of(&Actor { scopes: None, ..actor.clone() })?;
    let mut found: HashMap<TicketId, TicketSnapshot> = lock_many(conn, &ids)
        .await?
        .into_iter()
        .filter(|ticket| visibility.admits(ticket))
        .map(|ticket| (ticket.id, ticket))
        .collect();
    let target = found.remove(&target_id).ok_or_else(|| Error::not_found("ticket", "targetId"))?;
    if draft.source_ids.iter().any(|id| !found.contains_key(id)) {
        return Err(Error::not_found("ticket", "sourceIds"));
    }
    let mut sources: Vec<TicketSnapshot> = found.into_values().collect();
    sources.sort_by_key(|source| source.number);
    for ticket in sources.iter().chain([&target]) {
        require(actor, ticket, Needs::Right(QueueRight::Reply))?;
    }
    refuse_merged(conn, actor, &target, "targetId").await?;
    refuse_stale(conn, &target, draft.target.expected_version).await?;
    if target.status == Status::Closed {
        let why = "a closed ticket takes no more messages; choose one that is not closed";
        return Err(Error::conflict(ConflictCode::IllegalTransition, "targetId", why));
    }
    for source in &sources {
        refuse_merged(conn, actor, source, "sourceIds").await?;
        if source.requester_id != target.requester_id {
            let why = format!(
                "#{} was requested by somebody else than #{}; they would read each other's messages",
                source.number, target.number
            );
            return Err(Error::invalid("sourceIds", why));
        }
    }
    Ok((sources, target))
}

async fn close(
    conn: &mut Conn,
    actor: &Actor,
    source: &TicketSnapshot,
    target: TicketId,
    now: Timestamp,
) -> Result<()> {
    let mut after = source.clone();
    rules::move_to(&mut after, actor.role, Status::Closed, now)?;
    after.merged_into_id = Some(target);
    let payload = EventPayload { other_tickets: vec![target], ..Default::default() };
    let event = NewEvent::new(EventKind::TicketMerged, actor, source.id, now, payload);
    advance(conn, source, after, event).await?;
    Ok(())
}

fn message(actor: &Actor, draft: &MergeDraft, body: Body, now: Timestamp) -> Result<Message> {
    Ok(Message {
        id: MessageId::new(),
        ticket_id: draft.target.ticket_id,
        author_id: actor.user()?,
        kind: MessageKind::Note,
        channel: draft.channel,
        body_text: body.text,
        body_html: body.html,
        created_at: now,
    })
}

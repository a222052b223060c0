//! Replying to the requester and leaving notes for colleagues.

use diesel_async::{AsyncConnection, RunQueryDsl};
use serde::Serialize;

use super::{Body, Channel, Message, MessageKind, mentions};
use crate::db::schema::messages;
use crate::drafts::{self, DraftPlace};
use crate::error::{ConflictCode, Error, FieldErrors, Result};
use crate::events::{self, EventKind, EventPayload, MessageRef, NewEvent, TicketChanges};
use crate::ids::{CannedReplyId, MessageId, TicketId, UserId};
use crate::metrics::committed;
use crate::notifications::{self, Said};
use crate::queues::QueueRight;
use crate::tickets::{self, Needs, Status, Ticket};
use crate::{Actor, Conn, Timestamp, canned_replies, idempotency, suggestions};

/// Most people one message calls.
pub const MENTIONS_MAX: usize = 20;

/// A message to be added.
#[derive(Debug, Clone, Serialize)]
pub struct MessageDraft {
    pub ticket_id: TicketId,
    pub body: String,
    /// Sanitised before it is stored.
    pub body_html: Option<String>,
    pub channel: Channel,
    /// Status after the message. `None`: staff leave it as it is; a requester's reply reopens.
    pub status: Option<Status>,
    /// The same key with the same message adds it once.
    pub idempotency_key: Option<String>,
    /// What a reply was made from; staff only.
    // Left out where there is none: a repeated request is compared with what an earlier release stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canned_reply_id: Option<CannedReplyId>,
    /// Colleagues whom the message calls to the ticket, at most [`MENTIONS_MAX`]; staff only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
}

/// Adds a public reply; the author's draft of one is gone then. Staff with the right to reply, and the
/// requester.
///
/// # Errors
/// [`Error::Invalid`] for the body, key, canned reply or mentions; [`ConflictCode::Merged`];
/// [`ConflictCode::IllegalTransition`] on a closed ticket; [`ConflictCode::IdempotencyKeyReused`];
/// [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn reply(
    conn: &mut Conn,
    actor: &Actor,
    draft: MessageDraft,
) -> Result<(Ticket, Message)> {
    add(conn, actor, draft, MessageKind::Reply).await
}

/// Adds an internal note; the ticket's version and time stay unless the note sets a status, which is then an
/// event of its own. The author's draft of one is gone then. Staff with the right to reply.
///
/// # Errors
/// As [`reply`]; notes may be added to closed tickets.
pub async fn note(
    conn: &mut Conn,
    actor: &Actor,
    draft: MessageDraft,
) -> Result<(Ticket, Message)> {
    add(conn, actor, draft, MessageKind::Note).await
}

async fn add(
    conn: &mut Conn,
    actor: &Actor,
    draft: MessageDraft,
    kind: MessageKind,
) -> Result<(Ticket, Message)> {
    let author_id = actor.user()?;
    let body = check(actor, &draft, kind)?;
    let now = Timestamp::now();
    let message = Message {
        id: MessageId::new(),
        ticket_id: draft.ticket_id,
        author_id,
        kind,
        channel: draft.channel,
        body_text: body.text,
        body_html: body.html,
        created_at: now,
    };
    let needs = match kind {
        MessageKind::Reply => Needs::RightOrRequester(QueueRight::Reply),
        MessageKind::Note => Needs::Right(QueueRight::Reply),
    };
    committed(conn.transaction(async |conn| {
        let before = tickets::lock_merged_too(conn, actor, draft.ticket_id, needs).await?;
        if let Some(key) = &draft.idempotency_key {
            let request = (&draft, kind);
            let claimed = idempotency::claim(conn, author_id, key, &request, message.id.0);
            if let Some(earlier) = claimed.await? {
                // A token that may only write still gets the answer it got the first time.
                let reader = Actor { scopes: None, ..actor.clone() };
                let earlier = super::find(conn, &reader, MessageId(earlier)).await?;
                return Ok((before.ticket, earlier));
            }
        }
        tickets::refuse_merged(conn, actor, &before, "id").await?;
        let mut after = before.clone();
        if kind == MessageKind::Reply {
            refuse_closed(before.status)?;
            after.version = before.version + 1;
        }
        if let Some(status) = status_after(actor, &draft, kind, before.status) {
            tickets::move_to(&mut after, actor.role, status, now)?;
            after.version = before.version + 1;
        }
        if after.version != before.version {
            // A plain note moves neither: the requester sees both.
            after.updated_at = now;
        }
        insert(conn, &message).await?;
        mentions::record(conn, &message, before.queue_id, &draft.mentions).await?;
        if let Some(reply) = draft.canned_reply_id {
            canned_replies::require_usable(conn, actor, reply, before.queue_id).await?;
            canned_replies::note_use(conn, message.id, reply).await?;
        }
        tickets::store(conn, &before, &after).await?;
        if kind == MessageKind::Reply && actor.is_staff() && author_id != after.requester_id {
            tickets::note_reply(conn, &after, now).await?;
        }
        let event_kind = match kind {
            MessageKind::Reply => EventKind::MessageReplied,
            MessageKind::Note => EventKind::MessageNoted,
        };
        let ignored = suggestions::ignore_at_end(conn, actor, &before, &after, now).await?;
        let mut changes = TicketChanges::between(&before, &after);
        let mut log = Vec::new();
        if kind == MessageKind::Note && after.version != before.version {
            // The note is internal, the new status is not: customers learn of this event only.
            let payload = EventPayload {
                changes: std::mem::take(&mut changes),
                ticket: Some(after.clone()),
                ..Default::default()
            };
            let changed = EventKind::TicketChanged;
            log.push(NewEvent::new(changed, actor, draft.ticket_id, now, payload));
        }
        let said = Said { id: message.id, kind, mentions: &draft.mentions };
        let payload = EventPayload {
            changes,
            notified: notifications::of_message(conn, actor, &after, said, now).await?,
            message: Some(MessageRef { id: message.id, kind }),
            ticket: Some(after.clone()),
            ..Default::default()
        };
        log.push(NewEvent::new(event_kind, actor, draft.ticket_id, now, payload));
        log.extend(ignored.into_iter().map(|event| event.with_ticket(&after)));
        events::append(conn, &log).await?;
        drafts::clear(conn, author_id, DraftPlace::On(draft.ticket_id, kind), now).await?;
        Ok((after.ticket, message))
    }))
    .await
}

fn check(actor: &Actor, draft: &MessageDraft, kind: MessageKind) -> Result<Body> {
    let mut errors = FieldErrors::default();
    let body = Body::check(&mut errors, &draft.body, draft.body_html.as_deref());
    idempotency::check_key(&mut errors, draft.idempotency_key.as_deref());
    if draft.canned_reply_id.is_some() && (kind == MessageKind::Note || !actor.is_staff()) {
        errors.add("cannedReplyId", "is for public replies of agents");
    }
    let called = draft.mentions.len();
    if called > 0 && !actor.is_staff() {
        errors.add("mentionIds", "only agents can mention people");
    } else if called > MENTIONS_MAX {
        errors.add("mentionIds", format!("must name at most {MENTIONS_MAX} people, got {called}"));
    }
    errors.into_result()?;
    Ok(body)
}

fn refuse_closed(status: Status) -> Result<()> {
    if status == Status::Closed {
        return Err(Error::conflict(
            ConflictCode::IllegalTransition,
            "id",
            "a closed ticket takes no more replies; create a new one",
        ));
    }
    Ok(())
}

fn status_after(
    actor: &Actor,
    draft: &MessageDraft,
    kind: MessageKind,
    present: Status,
) -> Option<Status> {
    match (draft.status, kind) {
        (Some(status), _) => Some(status),
        (None, MessageKind::Reply) if !actor.is_staff() && present != Status::Open => {
            Some(Status::Open)
        }
        _ => None,
    }
}

pub(crate) async fn insert(conn: &mut Conn, message: &Message) -> Result<()> {
    diesel::insert_into(messages::table).values(message).execute(conn).await?;
    Ok(())
}

pub(crate) async fn insert_many(conn: &mut Conn, all: &[Message]) -> Result<()> {
    diesel::insert_into(messages::table).values(all).execute(conn).await?;
    Ok(())
}

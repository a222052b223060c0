//! Opening a ticket with its first message.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use serde::Serialize;

use super::record::SUBJECT_MAX_CHARS;
use super::{LabelOrigin, Priority, Status, Ticket, TicketSnapshot, find_visible};
use crate::actor::Scope;
use crate::db::schema::{ticket_tags, tickets};
use crate::db::{violated_key, violated_reference};
use crate::drafts::{self, DraftPlace};
use crate::error::{ConflictCode, Error, FieldErrors, Result};
use crate::events::{self, EventKind, EventPayload, MessageRef, NewEvent};
use crate::ids::{CategoryId, MessageId, QueueId, TicketId, UserId};
use crate::jobs::{self, JobKind};
use crate::messages::{self, Body, Channel, Message, MessageKind};
use crate::metrics::committed;
use crate::queues::{self, QueueRight};
use crate::suggestions::LabelKind;
use crate::{Actor, Conn, Timestamp, categories, idempotency, notifications, tags, users};

const NO_SUCH_USER: &str = "no such user";

/// Whom the ticket is for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum RequesterDraft {
    /// The actor.
    Myself,
    User(UserId),
    /// Found by address, or created as a customer.
    Email {
        email: String,
        name: Option<String>,
    },
}

/// A ticket to be created.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TicketDraft {
    pub subject: String,
    pub body: String,
    /// Sanitised before it is stored.
    pub body_html: Option<String>,
    pub channel: Channel,
    pub requester: RequesterDraft,
    /// `None`: the desk's default queue.
    pub queue_id: Option<QueueId>,
    pub priority: Option<Priority>,
    pub category_id: Option<CategoryId>,
    pub assignee_id: Option<UserId>,
    pub tags: Vec<String>,
    /// The caller's own id for the ticket; unique among those that came in by the same channel.
    pub external_id: Option<String>,
    /// The same key with the same draft creates one ticket.
    pub idempotency_key: Option<String>,
}

impl TicketDraft {
    /// A draft with only a subject and a body, for the actor.
    pub fn new(subject: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            body: body.into(),
            body_html: None,
            channel: Channel::Web,
            requester: RequesterDraft::Myself,
            queue_id: None,
            priority: None,
            category_id: None,
            assignee_id: None,
            tags: Vec::new(),
            external_id: None,
            idempotency_key: None,
        }
    }

    /// Reports every bad field together.
    fn check(&self) -> Result<(String, Body)> {
        let mut errors = FieldErrors::default();
        let subject = errors.line("subject", &self.subject, SUBJECT_MAX_CHARS);
        let body = Body::check(&mut errors, &self.body, self.body_html.as_deref());
        if let Some(external) = &self.external_id {
            errors.line("externalId", external, 191);
        }
        if let RequesterDraft::Email { email, name } = &self.requester {
            users::check_email(&mut errors, "requesterEmail", email);
            if let Some(name) = name {
                errors.line("requesterName", name, 200);
            }
        }
        errors.take(tags::check_names(&self.tags))?;
        idempotency::check_key(&mut errors, self.idempotency_key.as_deref());
        errors.into_result()?;
        Ok((subject, body))
    }

    fn require_plain(&self) -> Result<()> {
        let plain = Self {
            body_html: self.body_html.clone(),
            channel: self.channel,
            idempotency_key: self.idempotency_key.clone(),
            ..Self::new(&self.subject, &self.body)
        };
        if *self == plain {
            return Ok(());
        }
        Err(Error::Forbidden("only agents can set more than subject and body".into()))
    }
}

#[derive(Insertable)]
#[diesel(table_name = tickets)]
#[diesel(treat_none_as_default_value = false)]
pub(super) struct NewRow {
    pub id: TicketId,
    pub subject: String,
    pub status: Status,
    pub priority: Priority,
    pub priority_origin: LabelOrigin,
    pub category_id: Option<CategoryId>,
    pub queue_id: QueueId,
    pub requester_id: UserId,
    pub assignee_id: Option<UserId>,
    pub version: u32,
    pub source: String,
    pub external_id: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub solved_at: Option<Timestamp>,
}

impl NewRow {
    pub(super) fn into_ticket(self, number: u64) -> Ticket {
        Ticket {
            id: self.id,
            number,
            subject: self.subject,
            status: self.status,
            priority: self.priority,
            priority_origin: self.priority_origin,
            category_id: self.category_id,
            applied_category_id: None,
            applied_priority: None,
            queue_id: self.queue_id,
            requester_id: self.requester_id,
            assignee_id: self.assignee_id,
            version: self.version,
            source: self.source,
            external_id: self.external_id,
            created_at: self.created_at,
            updated_at: self.updated_at,
            solved_at: self.solved_at,
            deleted_at: None,
            merged_into_id: None,
        }
    }
}

diesel::define_sql_function! {
    /// The number the database gave the row this connection inserted last.
    fn last_insert_id() -> diesel::sql_types::Unsigned<diesel::sql_types::BigInt>;
}

/// Creates a ticket, its first message, the event and the job that asks for suggestions.
///
/// Customers create for themselves, with subject and body only; staff need the right to reply in
/// the queue. The actor's draft of a new ticket is gone when this one was written at the console or portal.
///
/// # Errors
/// [`Error::Invalid`] listing every bad field; [`ConflictCode::AlreadyExists`] for a known
/// `externalId`, also a deleted ticket's; [`ConflictCode::IdempotencyKeyReused`];
/// [`Error::NotFound`] for a repeated request whose ticket is out of sight; [`Error::Forbidden`].
pub async fn create(conn: &mut Conn, actor: &Actor, draft: TicketDraft) -> Result<Ticket> {
    actor.require_scope(Scope::TicketsWrite)?;
    if !actor.is_staff() {
        draft.require_plain()?;
    }
    let (subject, body) = draft.check()?;
    committed(conn.transaction(async |conn| {
        let id = TicketId::new();
        if let (Some(key), Some(user)) = (&draft.idempotency_key, actor.user_id)
            && let Some(earlier) = idempotency::claim(conn, user, key, &draft, id.0).await?
        {
            // A token that may only write still gets the answer it got the first time.
            let reader = Actor { scopes: None, ..actor.clone() };
            let found = find_visible(conn, &reader, TicketId(earlier)).await;
            return found.map_err(|error| match error {
                // Deleted since, or moved out of sight: the key stands for it all the same.
                Error::NotFound { noun, .. } => Error::not_found(noun, "idempotencyKey"),
                other => other,
            });
        }
        let row = resolve(conn, actor, &draft, id, subject).await?;
        let tag_ids = tags::ids_of(conn, &draft.tags).await?;
        let author_id = actor.user_id.unwrap_or(row.requester_id);
        let ticket = insert(conn, actor, row, tag_ids, (author_id, body, draft.channel)).await?;
        // A program's ticket says nothing about what its user is writing in the console.
        if draft.channel == Channel::Web
            && let Some(user) = actor.user_id
        {
            drafts::clear(conn, user, DraftPlace::NewTicket, ticket.created_at).await?;
        }
        Ok(ticket)
    }))
    .await
}

/// Turns the draft into a row: finds queue, requester, category and assignee, and checks rights.
async fn resolve(
    conn: &mut Conn,
    actor: &Actor,
    draft: &TicketDraft,
    id: TicketId,
    subject: String,
) -> Result<NewRow> {
    let mut errors = FieldErrors::default();
    let queue_id = errors.take(queue_for(conn, actor, draft.queue_id).await)?;
    let requester_id = errors.take(requester_for(conn, actor, &draft.requester).await)?;
    if let Some(category) = draft.category_id {
        errors.take(categories::require_active(conn, category).await)?;
    }
    if let (Some(assignee), Some(queue)) = (draft.assignee_id, queue_id) {
        errors.take(users::require_assignable(conn, assignee, queue).await)?;
    }
    // Of a draft without faults the insert itself finds out whether there is such a requester.
    if !errors.is_empty()
        && let RequesterDraft::User(user) = draft.requester
        && !users::exists(conn, user).await?
    {
        errors.add("requesterId", NO_SUCH_USER);
    }
    errors.into_result()?;
    let now = Timestamp::now();
    Ok(NewRow {
        id,
        subject,
        status: Status::Open,
        priority: draft.priority.unwrap_or(Priority::Normal),
        priority_origin: draft.priority.map_or(LabelOrigin::Default, |_| LabelOrigin::Person),
        category_id: draft.category_id,
        queue_id: queue_id.expect("found, or an error above"),
        requester_id: requester_id.expect("found, or an error above"),
        assignee_id: draft.assignee_id,
        version: 1,
        source: draft.channel.as_str().to_owned(),
        external_id: draft.external_id.clone(),
        created_at: now,
        updated_at: now,
        solved_at: None,
    })
}

async fn requester_for(conn: &mut Conn, actor: &Actor, draft: &RequesterDraft) -> Result<UserId> {
    match draft {
        RequesterDraft::Myself => actor.user().map_err(|_| {
            Error::invalid("requesterId", "name the requester: the desk itself cannot ask for help")
        }),
        RequesterDraft::User(user) => Ok(*user),
        RequesterDraft::Email { email, name } => {
            Ok(users::find_or_create_customer(conn, actor, email, name.as_deref()).await?.id)
        }
    }
}

async fn queue_for(conn: &mut Conn, actor: &Actor, wanted: Option<QueueId>) -> Result<QueueId> {
    let (queue, is_known) = match wanted {
        // A membership is proof that there is such a queue.
        Some(queue) => (queue, actor.queue_rights.contains_key(&queue)),
        None => (queues::default_queue(conn).await?.id, true),
    };
    match actor.queue_right(queue) {
        _ if !actor.is_staff() => return Ok(queue),
        Some(right) if right >= QueueRight::Reply => {}
        None if wanted.is_some() => return Err(Error::invalid("queueId", "no such queue")),
        _ => return Err(Error::Forbidden("this needs the right to reply in the queue".into())),
    }
    if !is_known && queues::find_many(conn, &[queue]).await?.is_empty() {
        return Err(Error::invalid("queueId", "no such queue"));
    }
    Ok(queue)
}

async fn insert(
    conn: &mut Conn,
    actor: &Actor,
    row: NewRow,
    tag_ids: Vec<crate::ids::TagId>,
    (author_id, body, channel): (UserId, Body, Channel),
) -> Result<Ticket> {
    let inserted = diesel::insert_into(tickets::table).values(&row).execute(conn).await;
    if let Err(error) = inserted {
        return Err(match violated_key(&error) {
            Some("tickets_external") => Error::conflict(
                ConflictCode::AlreadyExists,
                "externalId",
                "a ticket with this externalId already came in by this channel",
            ),
            _ if violated_reference(&error) == Some("tickets_requester_fk") => {
                Error::invalid("requesterId", NO_SUCH_USER)
            }
            _ => error.into(),
        });
    }
    let number = diesel::select(last_insert_id()).get_result(conn).await?;
    let (id, now) = (row.id, row.created_at);
    if !tag_ids.is_empty() {
        let rows: Vec<_> = tag_ids
            .iter()
            .map(|tag| (ticket_tags::ticket_id.eq(id), ticket_tags::tag_id.eq(*tag)))
            .collect();
        diesel::insert_into(ticket_tags::table).values(rows).execute(conn).await?;
    }
    let message = Message {
        id: MessageId::new(),
        ticket_id: id,
        author_id,
        kind: MessageKind::Reply,
        channel,
        body_text: body.text,
        body_html: body.html,
        created_at: now,
    };
    messages::insert(conn, &message).await?;
    let ticket = row.into_ticket(number);
    let mut event = created_event(actor, &ticket, tag_ids, message.id);
    event.payload.notified = notifications::of_assignment(conn, actor, None, &ticket, now).await?;
    events::append(conn, &[event]).await?;
    if wants_suggestion(&ticket) {
        jobs::enqueue(conn, JobKind::Suggest, [id.into()], now).await?;
    }
    Ok(ticket)
}

pub(super) fn created_event(
    actor: &Actor,
    ticket: &Ticket,
    tag_ids: Vec<crate::ids::TagId>,
    message: MessageId,
) -> NewEvent {
    let payload = EventPayload {
        ticket: Some(TicketSnapshot { ticket: ticket.clone(), tag_ids }),
        message: Some(MessageRef { id: message, kind: MessageKind::Reply }),
        ..Default::default()
    };
    NewEvent::new(EventKind::TicketCreated, actor, ticket.id, ticket.created_at, payload)
}

/// A label that a person already gave needs no suggestion.
pub(super) fn wants_suggestion(ticket: &Ticket) -> bool {
    LabelKind::ALL.iter().any(|kind| ticket.origin(*kind) != LabelOrigin::Person)
}

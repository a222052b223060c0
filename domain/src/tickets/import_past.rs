//! Bringing in whole conversations with the times they had.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use std::collections::{BTreeSet, HashMap};

use super::create::{NewRow, created_event, wants_suggestion};
use super::milestones::{self, Milestone};
use super::{LabelOrigin, MilestoneKind, Priority, Status, TicketSnapshot, rules};
use crate::actor::Scope;
use crate::db::schema::{ticket_tags, tickets};
use crate::error::Result;
use crate::events::{self, EventKind, EventPayload, MessageRef, NewEvent, TicketChanges};
use crate::ids::{CategoryId, MessageId, QueueId, SubjectId, TagId, TicketId, UserId};
use crate::jobs::{self, JobKind};
use crate::messages::{self, Body, Channel, Message, MessageKind};
use crate::users::Role;
use crate::{Actor, Conn, Timestamp, tags};

/// Rows in one statement; keeps it well below the server's limits on parameters and bytes.
const CHUNK: usize = 200;

/// A ticket that was opened earlier, with what happened to it since.
#[derive(Debug, Clone)]
pub struct PastTicket {
    pub subject: String,
    pub body: Body,
    pub channel: Channel,
    pub queue_id: QueueId,
    pub requester_id: UserId,
    pub created_at: Timestamp,
    /// Oldest first.
    pub steps: Vec<PastStep>,
}

/// One thing somebody did to a ticket; what is `None` stayed as it was.
#[derive(Debug, Clone)]
pub struct PastStep {
    pub at: Timestamp,
    pub by: UserId,
    pub message: Option<(MessageKind, Body)>,
    pub status: Option<Status>,
    pub assignee_id: Option<UserId>,
    /// A person's label.
    pub category_id: Option<CategoryId>,
    /// A person's label.
    pub priority: Option<Priority>,
    /// Added; unknown ones become new tags.
    pub tags: Vec<String>,
}

/// Creates tickets with their conversations, and the log as if it had been written at the time.
///
/// Open and pending tickets for which a label is missing get a suggestion job. Unlike
/// [`super::import`] it knows no external ids: doing it twice creates everything twice. Admins only.
///
/// # Errors
/// [`crate::Error::Forbidden`]; [`crate::Error::Conflict`] when a step leads out of `closed`;
/// [`crate::Error::Invalid`] for tags; nothing is written then.
pub async fn import_past(conn: &mut Conn, actor: &Actor, past: &[PastTicket]) -> Result<()> {
    actor.require_admin(Scope::Admin)?;
    conn.transaction(async |conn| {
        let tag_ids = tag_ids(conn, actor, past).await?;
        let mut log = Vec::new();
        for chunk in past.chunks(CHUNK) {
            log.extend(insert(conn, actor, chunk, &tag_ids).await?);
        }
        log.sort_by_key(|event| event.occurred_at);
        for chunk in log.chunks(CHUNK) {
            events::append(conn, chunk).await?;
        }
        Ok(())
    })
    .await
}

async fn tag_ids(
    conn: &mut Conn,
    actor: &Actor,
    past: &[PastTicket],
) -> Result<HashMap<String, TagId>> {
    let names: BTreeSet<&String> =
        past.iter().flat_map(|ticket| &ticket.steps).flat_map(|step| &step.tags).collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    for chunk in names.chunks(tags::TAGS_MAX) {
        tags::ids_of(conn, chunk).await?;
    }
    Ok(tags::list(conn, actor).await?.into_iter().map(|tag| (tag.name, tag.id)).collect())
}

async fn insert(
    conn: &mut Conn,
    actor: &Actor,
    chunk: &[PastTicket],
    tag_ids: &HashMap<String, TagId>,
) -> Result<Vec<NewEvent>> {
    let mut tales =
        chunk.iter().map(|past| tell(actor, past, tag_ids)).collect::<Result<Vec<Tale>>>()?;
    let rows: Vec<NewRow> = tales.iter().map(|tale| row(&tale.last)).collect();
    diesel::insert_into(tickets::table).values(&rows).execute(conn).await?;
    let ids: Vec<TicketId> = rows.iter().map(|row| row.id).collect();
    let numbers: HashMap<TicketId, u64> = tickets::table
        .filter(tickets::id.eq_any(&ids))
        .select((tickets::id, tickets::number))
        .load::<(TicketId, u64)>(conn)
        .await?
        .into_iter()
        .collect();
    let tagged: Vec<_> = tales
        .iter()
        .flat_map(|tale| tale.last.tag_ids.iter().map(|tag| (tale.last.id, *tag)))
        .map(|(ticket, tag)| (ticket_tags::ticket_id.eq(ticket), ticket_tags::tag_id.eq(tag)))
        .collect();
    if !tagged.is_empty() {
        diesel::insert_into(ticket_tags::table).values(tagged).execute(conn).await?;
    }
    for messages in tales.iter().flat_map(|tale| &tale.messages).collect::<Vec<_>>().chunks(CHUNK) {
        let messages: Vec<Message> = messages.iter().copied().cloned().collect();
        messages::insert_many(conn, &messages).await?;
    }
    let reached = tales.iter_mut().flat_map(|tale| std::mem::take(&mut tale.milestones));
    for milestones in reached.collect::<Vec<_>>().chunks(CHUNK) {
        milestones::insert(conn, milestones).await?;
    }
    let wanting = tales
        .iter()
        .map(|tale| &tale.last)
        .filter(|ticket| matches!(ticket.status, Status::Open | Status::Pending))
        .filter(|ticket| wants_suggestion(ticket))
        .map(|ticket| SubjectId::from(ticket.id));
    jobs::enqueue(conn, JobKind::Suggest, wanting, Timestamp::now()).await?;
    for event in tales.iter_mut().flat_map(|tale| &mut tale.log) {
        if let Some(ticket) = &mut event.payload.ticket {
            ticket.number = numbers[&ticket.id];
        }
    }
    Ok(tales.into_iter().flat_map(|tale| tale.log).collect())
}

/// A ticket's rows, before the database has given it a number.
struct Tale {
    last: TicketSnapshot,
    messages: Vec<Message>,
    log: Vec<NewEvent>,
    milestones: Vec<Milestone>,
}

fn tell(actor: &Actor, past: &PastTicket, tag_ids: &HashMap<String, TagId>) -> Result<Tale> {
    let ticket = first_row(past).into_ticket(0);
    let first = message(&ticket, past.channel, past.requester_id, past.created_at, &past.body);
    let created = NewEvent {
        actor_id: Some(past.requester_id),
        ..created_event(actor, &ticket, Vec::new(), first.id)
    };
    let last = TicketSnapshot { ticket, tag_ids: Vec::new() };
    let (messages, log) = (vec![first], vec![created]);
    let mut tale = Tale { last, messages, log, milestones: Vec::new() };
    for step in &past.steps {
        tale.add(past, step, tag_ids)?;
    }
    Ok(tale)
}

impl Tale {
    fn add(
        &mut self,
        past: &PastTicket,
        step: &PastStep,
        tag_ids: &HashMap<String, TagId>,
    ) -> Result<()> {
        let before = self.last.clone();
        let after = &mut self.last;
        if let Some(status) = step.status {
            rules::move_to(after, Role::Admin, status, step.at)?;
        }
        after.assignee_id = step.assignee_id.or(after.assignee_id);
        after.category_id = step.category_id.or(after.category_id);
        if let Some(priority) = step.priority {
            (after.priority, after.priority_origin) = (priority, LabelOrigin::Person);
        }
        after.tag_ids.extend(step.tags.iter().filter_map(|name| tag_ids.get(name)));
        after.tag_ids.sort();
        after.tag_ids.dedup();
        let mut said = None;
        let mut kind = EventKind::TicketChanged;
        if let Some((message_kind, body)) = &step.message {
            let is_requester = step.by == past.requester_id;
            let channel = if is_requester { past.channel } else { Channel::Web };
            // Whoever else takes a step is staff.
            let is_first = self.milestones.iter().all(|one| one.kind != MilestoneKind::FirstReply);
            if *message_kind == MessageKind::Reply && !is_requester && is_first {
                self.milestones.push(Milestone::new(after, MilestoneKind::FirstReply, step.at));
            }
            let mut new = message(after, channel, step.by, step.at, body);
            new.kind = *message_kind;
            said = Some(MessageRef { id: new.id, kind: *message_kind });
            kind = match message_kind {
                MessageKind::Reply => EventKind::MessageReplied,
                MessageKind::Note => EventKind::MessageNoted,
            };
            self.messages.push(new);
        }
        // A note alone leaves version and time as they are.
        if kind != EventKind::MessageNoted || *after != before {
            after.version += 1;
            after.updated_at = step.at;
        }
        self.milestones.extend(
            milestones::reached(&before, after).map(|kind| Milestone::new(after, kind, step.at)),
        );
        let payload = EventPayload {
            changes: TicketChanges::between(&before, after),
            ticket: Some(after.clone()),
            message: said,
            ..Default::default()
        };
        self.log.push(NewEvent {
            kind,
            subject_id: after.id.into(),
            actor_id: Some(step.by),
            origin: None,
            occurred_at: step.at,
            payload,
        });
        Ok(())
    }
}

fn first_row(past: &PastTicket) -> NewRow {
    NewRow {
        id: TicketId::new(),
        subject: past.subject.clone(),
        status: Status::Open,
        priority: Priority::Normal,
        priority_origin: LabelOrigin::Default,
        category_id: None,
        queue_id: past.queue_id,
        requester_id: past.requester_id,
        assignee_id: None,
        version: 1,
        source: past.channel.as_str().to_owned(),
        external_id: None,
        created_at: past.created_at,
        updated_at: past.created_at,
        solved_at: None,
    }
}

fn row(ticket: &TicketSnapshot) -> NewRow {
    NewRow {
        id: ticket.id,
        subject: ticket.subject.clone(),
        status: ticket.status,
        priority: ticket.priority,
        priority_origin: ticket.priority_origin,
        category_id: ticket.category_id,
        queue_id: ticket.queue_id,
        requester_id: ticket.requester_id,
        assignee_id: ticket.assignee_id,
        version: ticket.version,
        source: ticket.source.clone(),
        external_id: ticket.external_id.clone(),
        created_at: ticket.created_at,
        updated_at: ticket.updated_at,
        solved_at: ticket.solved_at,
    }
}

fn message(
    ticket: &super::Ticket,
    channel: Channel,
    author_id: UserId,
    created_at: Timestamp,
    body: &Body,
) -> Message {
    Message {
        id: MessageId::new(),
        ticket_id: ticket.id,
        author_id,
        kind: MessageKind::Reply,
        channel,
        body_text: body.text.clone(),
        body_html: body.html.clone(),
        created_at,
    }
}

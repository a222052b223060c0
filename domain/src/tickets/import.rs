//! Bringing in tickets from elsewhere, many at a time.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use std::collections::{HashMap, HashSet};

use super::create::{NewRow, created_event, wants_suggestion};
use super::{LabelOrigin, Priority, Status, Ticket, ids_by_external};
use crate::actor::Scope;
use crate::db::schema::tickets;
use crate::error::{Error, Result};
use crate::events::{self, NewEvent};
use crate::ids::{CategoryId, MessageId, QueueId, SubjectId, TicketId, UserId};
use crate::jobs::{self, JobKind};
use crate::messages::{self, Body, Channel, Message, MessageKind};
use crate::{Actor, Conn, Timestamp, queues};

/// One ticket to bring in, already checked and with its names resolved.
#[derive(Debug, Clone)]
pub struct ImportRow {
    /// Unique within the source; a second row with the same one is skipped.
    pub external_id: String,
    pub subject: String,
    pub body: Body,
    pub requester_id: UserId,
    /// A person's label; `None` leaves it to the model.
    pub category_id: Option<CategoryId>,
    /// A person's label; `None` is normal and leaves it to the model.
    pub priority: Option<Priority>,
    pub status: Status,
    /// `None`: now.
    pub created_at: Option<Timestamp>,
}

/// What became of one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportOutcome {
    pub created: usize,
    /// Rows whose `external_id` the source already has.
    pub skipped: usize,
}

/// The queue of that name, for an import by an admin.
///
/// # Errors
/// [`Error::Invalid`] for `queue`, naming the queues there are; [`Error::Forbidden`].
pub async fn import_target(conn: &mut Conn, actor: &Actor, name: Option<&str>) -> Result<QueueId> {
    actor.require_admin(Scope::Admin)?;
    let Some(name) = name else { return Ok(queues::default_queue(conn).await?.id) };
    if let Some(queue) = queues::find_by_name(conn, name).await? {
        return Ok(queue.id);
    }
    let names: Vec<String> =
        queues::list(conn, actor).await?.into_iter().map(|queue| queue.name).collect();
    let known = if names.is_empty() { "none yet".to_owned() } else { names.join(", ") };
    Err(Error::invalid("queue", format!("there is no queue {name:?}; there are: {known}")))
}

/// Creates the rows that `source` does not have yet, in one transaction, in the given order.
///
/// Tickets for which a label is missing get a suggestion job, unless they are closed or `suggest`
/// is off.
/// Doing the same batch again creates nothing. Admins only.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Unavailable`], in which case nothing of the batch was created.
pub async fn import(
    conn: &mut Conn,
    actor: &Actor,
    source: &str,
    queue: QueueId,
    suggest: bool,
    rows: &[ImportRow],
) -> Result<ImportOutcome> {
    actor.require_admin(Scope::Admin)?;
    let external: Vec<String> = rows.iter().map(|row| row.external_id.clone()).collect();
    conn.transaction(async |conn| {
        let mut known: HashSet<String> =
            ids_by_external(conn, source, &external).await?.into_keys().collect();
        let fresh: Vec<&ImportRow> =
            rows.iter().filter(|row| known.insert(row.external_id.clone())).collect();
        if !fresh.is_empty() {
            insert(conn, actor, source, queue, suggest, &fresh).await?;
        }
        Ok(ImportOutcome { created: fresh.len(), skipped: rows.len() - fresh.len() })
    })
    .await
}

async fn insert(
    conn: &mut Conn,
    actor: &Actor,
    source: &str,
    queue: QueueId,
    suggest: bool,
    fresh: &[&ImportRow],
) -> Result<()> {
    let now = Timestamp::now();
    let new_rows: Vec<NewRow> = fresh.iter().map(|row| new_row(row, source, queue, now)).collect();
    diesel::insert_into(tickets::table).values(&new_rows).execute(conn).await?;
    let ids: Vec<TicketId> = new_rows.iter().map(|row| row.id).collect();
    let numbers: HashMap<TicketId, u64> = tickets::table
        .filter(tickets::id.eq_any(&ids))
        .select((tickets::id, tickets::number))
        .load::<(TicketId, u64)>(conn)
        .await?
        .into_iter()
        .collect();
    let created: Vec<Ticket> = new_rows
        .into_iter()
        .map(|row| {
            let number = numbers[&row.id];
            row.into_ticket(number)
        })
        .collect();
    let firsts: Vec<Message> =
        created.iter().zip(fresh).map(|(ticket, row)| first_message(ticket, row)).collect();
    messages::insert_many(conn, &firsts).await?;
    let log: Vec<NewEvent> = created
        .iter()
        .zip(&firsts)
        .map(|(ticket, message)| NewEvent {
            occurred_at: now,
            ..created_event(actor, ticket, Vec::new(), message.id)
        })
        .collect();
    events::append(conn, &log).await?;
    if suggest {
        let wanting = created
            .iter()
            .filter(|ticket| ticket.status != Status::Closed && wants_suggestion(ticket))
            .map(|ticket| SubjectId::from(ticket.id));
        jobs::enqueue(conn, JobKind::Suggest, wanting, now).await?;
    }
    Ok(())
}

fn new_row(row: &ImportRow, source: &str, queue_id: QueueId, now: Timestamp) -> NewRow {
    let created_at = row.created_at.unwrap_or(now);
    NewRow {
        id: TicketId::new(),
        subject: row.subject.clone(),
        status: row.status,
        priority: row.priority.unwrap_or(Priority::Normal),
        priority_origin: row.priority.map_or(LabelOrigin::Default, |_| LabelOrigin::Person),
        category_id: row.category_id,
        queue_id,
        requester_id: row.requester_id,
        assignee_id: None,
        version: 1,
        source: source.to_owned(),
        external_id: Some(row.external_id.clone()),
        created_at,
        updated_at: created_at,
        solved_at: matches!(row.status, Status::Solved | Status::Closed).then_some(created_at),
    }
}

fn first_message(ticket: &Ticket, row: &ImportRow) -> Message {
    Message {
        id: MessageId::new(),
        ticket_id: ticket.id,
        author_id: row.requester_id,
        kind: MessageKind::Reply,
        channel: Channel::Import,
        body_text: row.body.text.clone(),
        body_html: row.body.html.clone(),
        created_at: ticket.created_at,
    }
}

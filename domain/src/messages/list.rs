//! Reading conversations.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

use super::{Message, MessageKind};
use crate::db::one_of;
use crate::db::schema::{messages, tickets as tickets_table};
use crate::error::{Error, Result};
use crate::ids::{MessageId, TicketId};
use crate::page::{Page, PageRequest, encode};
use crate::tickets::Visibility;
use crate::{Actor, Conn, Timestamp, tickets};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MessageOrder {
    #[default]
    Oldest,
    Newest,
}

impl Message {
    /// Cursor of this row in [`list`].
    pub fn cursor(&self) -> String {
        encode(&(self.created_at, self.id))
    }
}

/// Messages of a ticket; notes only for staff. None when the ticket is out of sight by now, as one in
/// an old event may be.
///
/// # Errors
/// [`Error::Invalid`] for a bad page.
pub async fn list(
    conn: &mut Conn,
    actor: &Actor,
    ticket: TicketId,
    order: MessageOrder,
    page: &PageRequest,
) -> Result<Page<Message>> {
    // A token that may only write still reads the ticket its mutation answers with.
    let reader = Actor { scopes: None, ..actor.clone() };
    let mut query = messages::table
        .inner_join(tickets_table::table)
        .filter(messages::ticket_id.eq(ticket))
        .filter(Visibility::of(&reader)?.predicate_with_messages())
        .select(Message::as_select())
        .limit(page.limit()?)
        .into_boxed();
    if !actor.is_staff() {
        query = query.filter(messages::kind.eq(MessageKind::Reply));
    }
    let (at, id) = (messages::created_at, messages::id);
    let after = page.key::<(Timestamp, MessageId)>()?;
    query = match order {
        MessageOrder::Oldest => query.order((at.asc(), id.asc())),
        MessageOrder::Newest => query.order((at.desc(), id.desc())),
    };
    query = match (order, after) {
        (_, None) => query,
        (MessageOrder::Oldest, Some((time, last))) => {
            query.filter(at.ge(time).and(at.gt(time).or(id.gt(last))))
        }
        (MessageOrder::Newest, Some((time, last))) => {
            query.filter(at.le(time).and(at.lt(time).or(id.lt(last))))
        }
    };
    Ok(page.page(query.load(conn).await?))
}

/// One message, if the actor may see its ticket and, for notes, is staff.
///
/// # Errors
/// [`Error::NotFound`] for missing and invisible messages alike.
pub async fn find(conn: &mut Conn, actor: &Actor, id: MessageId) -> Result<Message> {
    let missing = || Error::not_found("message", "id");
    let found = Message::query().filter(messages::id.eq(id)).first(conn).await.optional()?;
    let message = found.ok_or_else(missing)?;
    if message.kind == MessageKind::Note && !actor.is_staff() {
        return Err(missing());
    }
    let ticket = tickets::find_visible(conn, actor, message.ticket_id).await;
    ticket.map(|_| message).map_err(|error| match error {
        Error::NotFound { .. } => missing(),
        other => other,
    })
}

/// Text of each ticket's first public message.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn first_of_tickets(
    conn: &mut Conn,
    ids: &[TicketId],
) -> Result<HashMap<TicketId, String>> {
    let rows: Vec<(TicketId, String)> = messages::table
        .filter(one_of(messages::ticket_id, ids))
        .filter(messages::kind.eq(MessageKind::Reply))
        .order((messages::ticket_id.asc(), messages::created_at.desc(), messages::id.desc()))
        .select((messages::ticket_id, messages::body_text))
        .load(conn)
        .await?;
    // Later rows replace earlier ones, so the oldest message of each ticket stays.
    Ok(rows.into_iter().collect())
}

//! Which messages were made from which canned reply.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

use super::CannedReply;
use super::policy::can_see;
use crate::db::one_of;
use crate::db::schema::{canned_replies, canned_reply_uses, messages};
use crate::error::{Error, Result};
use crate::ids::{CannedReplyId, MessageId, QueueId, TicketId};
use crate::{Actor, Conn};

/// # Errors
/// [`Error::Invalid`] for `cannedReplyId` unless staff name a reply they see, that is in use, and that is
/// for the ticket's queue.
pub(crate) async fn require_usable(
    conn: &mut Conn,
    actor: &Actor,
    id: CannedReplyId,
    queue: QueueId,
) -> Result<()> {
    let refuse = |message: &str| Err(Error::invalid("cannedReplyId", message));
    let query = CannedReply::query().filter(canned_replies::id.eq(id));
    let found: Option<CannedReply> = query.first(conn).await.optional()?;
    match found.filter(|reply| can_see(actor, reply)) {
        None => refuse("no such canned reply"),
        Some(reply) if !reply.active => refuse("the canned reply is retired"),
        Some(reply) if !reply.fits(queue) => refuse("the canned reply is for another queue"),
        Some(_) => Ok(()),
    }
}

/// Remembers what a message was made from; call in the transaction that adds it.
///
/// # Errors
/// Whatever the database says; the transaction must then be rolled back.
pub(crate) async fn note_use(
    conn: &mut Conn,
    message: MessageId,
    reply: CannedReplyId,
) -> Result<()> {
    diesel::insert_into(canned_reply_uses::table)
        .values((
            canned_reply_uses::message_id.eq(message),
            canned_reply_uses::canned_reply_id.eq(reply),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// The replies that were sent on each of these tickets, one entry a message. The caller has made sure
/// that its reader may see the tickets.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn uses_of(
    conn: &mut Conn,
    tickets: &[TicketId],
) -> Result<HashMap<TicketId, Vec<CannedReplyId>>> {
    let rows: Vec<(TicketId, CannedReplyId)> = canned_reply_uses::table
        .inner_join(messages::table)
        .filter(one_of(messages::ticket_id, tickets))
        .select((messages::ticket_id, canned_reply_uses::canned_reply_id))
        .load(conn)
        .await?;
    let mut uses: HashMap<TicketId, Vec<CannedReplyId>> = HashMap::new();
    for (ticket, reply) in rows {
        uses.entry(ticket).or_default().push(reply);
    }
    Ok(uses)
}

/// What each of these messages was made from; none for customers.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn of_messages(
    conn: &mut Conn,
    actor: &Actor,
    ids: &[MessageId],
) -> Result<HashMap<MessageId, CannedReply>> {
    if !actor.is_staff() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(MessageId, CannedReply)> = canned_reply_uses::table
        .inner_join(canned_replies::table)
        .filter(one_of(canned_reply_uses::message_id, ids))
        .select((canned_reply_uses::message_id, CannedReply::as_select()))
        .load(conn)
        .await?;
    Ok(rows.into_iter().filter(|(_, reply)| can_see(actor, reply)).collect())
}

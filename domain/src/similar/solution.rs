//! How a ticket was solved, in the words of whoever solved it.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

use crate::db::one_of;
use crate::db::schema::{messages, tickets, users};
use crate::error::Result;
use crate::ids::{MessageId, TicketId};
use crate::messages::{Message, MessageKind};
use crate::tickets::Visibility;
use crate::users::Role;
use crate::{Actor, Conn};

/// The last public reply of staff before each ticket was solved, in two statements. Tickets that are not
/// solved, had no reply, or are out of the actor's sight have none; nor have customers.
///
/// # Errors
/// [`crate::Error::Forbidden`] when the token lacks `tickets:read`; [`crate::Error::Unavailable`].
pub async fn solutions(
    conn: &mut Conn,
    actor: &Actor,
    ids: &[TicketId],
) -> Result<HashMap<TicketId, Message>> {
    if !actor.is_staff() {
        return Ok(HashMap::new());
    }
    let staff = users::table.filter(users::role.ne(Role::Customer)).select(users::id);
    let replies: Vec<(TicketId, MessageId)> = messages::table
        .inner_join(tickets::table)
        .filter(one_of(messages::ticket_id, ids))
        .filter(Visibility::of(actor)?.predicate_with_messages())
        .filter(messages::kind.eq(MessageKind::Reply))
        .filter(tickets::solved_at.is_not_null())
        .filter(messages::created_at.le(tickets::solved_at.assume_not_null()))
        // Staff may ask for help themselves.
        .filter(messages::author_id.ne(tickets::requester_id))
        .filter(messages::author_id.eq_any(staff))
        .order((messages::ticket_id.asc(), messages::created_at.asc(), messages::id.asc()))
        .select((messages::ticket_id, messages::id))
        .load(conn)
        .await?;
    // Later rows replace earlier ones: the last reply stays. Only its text is read.
    let last: HashMap<TicketId, MessageId> = replies.into_iter().collect();
    if last.is_empty() {
        return Ok(HashMap::new());
    }
    let wanted: Vec<MessageId> = last.into_values().collect();
    let found: Vec<Message> =
        Message::query().filter(one_of(messages::id, &wanted)).load(conn).await?;
    Ok(found.into_iter().map(|message| (message.ticket_id, message)).collect())
}

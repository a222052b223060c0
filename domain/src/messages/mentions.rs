//! Whom a message calls to the ticket.
//!
//! Writers name people by id, beside the text: names are not unique, change, and look like other words.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

use super::Message;
use crate::Conn;
use crate::db::one_of;
use crate::db::schema::message_mentions;
use crate::error::{Error, Result};
use crate::ids::{MessageId, QueueId, UserId};
use crate::users;

/// Notes whom a message calls.
///
/// # Errors
/// [`Error::Invalid`] for `mentionIds` unless all are active staff who may see the queue's tickets.
pub(super) async fn record(
    conn: &mut Conn,
    message: &Message,
    queue: QueueId,
    people: &[UserId],
) -> Result<()> {
    let mut people = people.to_vec();
    people.sort();
    people.dedup();
    if people.is_empty() {
        return Ok(());
    }
    if users::who_may_see(conn, &people, queue).await?.len() != people.len() {
        let why = "must be active agents who may see the ticket";
        return Err(Error::invalid("mentionIds", why));
    }
    let rows: Vec<_> = people
        .iter()
        .map(|user| {
            (message_mentions::message_id.eq(message.id), message_mentions::user_id.eq(*user))
        })
        .collect();
    diesel::insert_into(message_mentions::table).values(rows).execute(conn).await?;
    Ok(())
}

/// Whom several messages call, in no order; those that call nobody are left out.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn mentioned_in(
    conn: &mut Conn,
    ids: &[MessageId],
) -> Result<HashMap<MessageId, Vec<UserId>>> {
    let rows: Vec<(MessageId, UserId)> = message_mentions::table
        .filter(one_of(message_mentions::message_id, ids))
        .select((message_mentions::message_id, message_mentions::user_id))
        .load(conn)
        .await?;
    let mut by_message: HashMap<MessageId, Vec<UserId>> = HashMap::new();
    for (message, user) in rows {
        by_message.entry(message).or_default().push(user);
    }
    Ok(by_message)
}

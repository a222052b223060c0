//! Who is told of what happens on a ticket.

use super::tell::{News, tell};
use super::{NotificationKind, NotificationRef};
use crate::error::Result;
use crate::ids::{MessageId, UserId};
use crate::messages::MessageKind;
use crate::tickets::Ticket;
use crate::{Actor, Conn, Timestamp, users};

/// Tells a new assignee; not one who took the ticket, and not one who had it.
pub(crate) async fn of_assignment(
    conn: &mut Conn,
    actor: &Actor,
    before: Option<UserId>,
    after: &Ticket,
    at: Timestamp,
) -> Result<Vec<NotificationRef>> {
    match after.assignee_id {
        Some(assignee) if before != Some(assignee) && actor.user_id != Some(assignee) => {
            let whom = users::who_may_see(conn, &[assignee], after.queue_id).await?;
            let text = format!("{} assigned a ticket to you.", name(conn, actor.user_id).await?);
            about(conn, actor, after, &whom, NotificationKind::TicketAssigned, None, text, at).await
        }
        _ => Ok(Vec::new()),
    }
}

/// A message that was just written.
pub(crate) struct Said<'a> {
    pub id: MessageId,
    pub kind: MessageKind,
    /// Whom it calls; they may see the ticket.
    pub mentions: &'a [UserId],
}

/// Tells those whom a message calls and, of a public reply, the ticket's assignee: each once, and never the
/// author.
pub(crate) async fn of_message(
    conn: &mut Conn,
    actor: &Actor,
    ticket: &Ticket,
    said: Said<'_>,
    at: Timestamp,
) -> Result<Vec<NotificationRef>> {
    let is_other = |user: &UserId| actor.user_id != Some(*user);
    let mut called: Vec<UserId> = said.mentions.iter().copied().filter(is_other).collect();
    called.sort();
    called.dedup();
    let holder = ticket.assignee_id.filter(|user| is_other(user) && !called.contains(user));
    let holder: Vec<UserId> = match holder.filter(|_| said.kind == MessageKind::Reply) {
        // Who has the ticket may have lost sight of its queue.
        Some(user) => users::who_may_see(conn, &[user], ticket.queue_id).await?,
        None => Vec::new(),
    };
    if called.is_empty() && holder.is_empty() {
        return Ok(Vec::new());
    }
    let name = name(conn, actor.user_id).await?;
    let what = match said.kind {
        MessageKind::Reply => "a reply",
        MessageKind::Note => "a note",
    };
    let (id, mentioned) = (Some(said.id), NotificationKind::Mentioned);
    let text = format!("{name} mentioned you in {what}.");
    let mut told = about(conn, actor, ticket, &called, mentioned, id, text, at).await?;
    let (replied, text) =
        (NotificationKind::TicketReplied, format!("{name} replied on a ticket of yours."));
    told.extend(about(conn, actor, ticket, &holder, replied, id, text, at).await?);
    Ok(told)
}

#[allow(clippy::too_many_arguments, reason = "what a row needs, from two places")]
async fn about(
    conn: &mut Conn,
    actor: &Actor,
    ticket: &Ticket,
    whom: &[UserId],
    kind: NotificationKind,
    message_id: Option<MessageId>,
    text: String,
    at: Timestamp,
) -> Result<Vec<NotificationRef>> {
    let (subject_id, actor_id) = (ticket.id.into(), actor.user_id);
    tell(conn, whom, &News { kind, subject_id, actor_id, message_id, text, at }).await
}

/// The texts name people, whom everybody may know, and nothing of the ticket.
async fn name(conn: &mut Conn, actor: Option<UserId>) -> Result<String> {
    Ok(match actor {
        Some(user) => users::find(conn, user).await?.name,
        None => "The desk".to_owned(),
    })
}

//! When a ticket was first answered, solved and opened again, kept for reports.
//!
//! Each stands under the ticket's present queue, or under none while the ticket is in no list, so that a
//! report reads one index and counts just the tickets that its reader may see.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Ticket, TicketSnapshot};
use crate::db::schema::ticket_milestones;
use crate::db::{Bind, Fixed};
use crate::error::Result;
use crate::ids::{QueueId, TicketId};
use crate::{Conn, Timestamp};

crate::text_enum! {
    pub enum MilestoneKind {
        /// The first public reply of staff other than the requester.
        FirstReply = "first_reply",
        /// Became solved, or closed without being solved before.
        Solved = "solved",
        /// Was solved and is not any more.
        Reopened = "reopened",
    }
}

#[derive(Insertable)]
#[diesel(table_name = ticket_milestones)]
#[diesel(treat_none_as_default_value = false)]
pub(super) struct Milestone {
    ticket_id: TicketId,
    pub kind: MilestoneKind,
    reached_at: Timestamp,
    seconds: u64,
    queue_id: Option<QueueId>,
}

impl Milestone {
    pub fn new(ticket: &Ticket, kind: MilestoneKind, at: Timestamp) -> Self {
        Self {
            ticket_id: ticket.id,
            kind,
            reached_at: at,
            // Clocks of machines differ, and imports say what they like.
            seconds: at.seconds_since(ticket.created_at).max(0).unsigned_abs(),
            queue_id: queue(ticket),
        }
    }
}

fn queue(ticket: &Ticket) -> Option<QueueId> {
    ticket.is_listed().then_some(ticket.queue_id)
}

/// What a change of the ticket reaches.
pub(super) fn reached(before: &Ticket, after: &Ticket) -> Option<MilestoneKind> {
    match (before.solved_at, after.solved_at) {
        (None, Some(_)) => Some(MilestoneKind::Solved),
        (Some(_), None) => Some(MilestoneKind::Reopened),
        _ => None,
    }
}

/// Notes what a change reaches, and lets what was reached before follow the ticket to where it is now.
pub(super) async fn note_change(
    conn: &mut Conn,
    before: &TicketSnapshot,
    after: &TicketSnapshot,
) -> Result<()> {
    if queue(before) != queue(after) {
        diesel::update(ticket_milestones::table.filter(ticket_milestones::ticket_id.eq(after.id)))
            .set(ticket_milestones::queue_id.eq(queue(after)))
            .execute(conn)
            .await?;
    }
    if let Some(kind) = reached(before, after) {
        let at = after.solved_at.unwrap_or(after.updated_at);
        insert(conn, &[Milestone::new(after, kind, at)]).await?;
    }
    Ok(())
}

/// Notes a public reply of staff, unless there was one before. The ticket is locked by the caller.
pub(crate) async fn note_reply(conn: &mut Conn, ticket: &Ticket, at: Timestamp) -> Result<()> {
    let row = Milestone::new(ticket, MilestoneKind::FirstReply, at);
    let Some(queue) = row.queue_id else { return Ok(()) };
    let sql = "INSERT INTO ticket_milestones (ticket_id, kind, reached_at, seconds, queue_id) \
               SELECT ?, 'first_reply', ?, ?, ? FROM DUAL WHERE NOT EXISTS \
               (SELECT 1 FROM ticket_milestones WHERE ticket_id = ? AND kind = 'first_reply')";
    let id = || Bind::Bytes(ticket.id.0.as_bytes().to_vec());
    let queue = Bind::Bytes(queue.0.as_bytes().to_vec());
    let binds = [id(), Bind::At(at), Bind::Unsigned(row.seconds), queue, id()];
    Fixed::new(sql, binds).run(conn).await?;
    Ok(())
}

pub(super) async fn insert(conn: &mut Conn, rows: &[Milestone]) -> Result<()> {
    if !rows.is_empty() {
        // Two at one moment are one.
        diesel::insert_or_ignore_into(ticket_milestones::table).values(rows).execute(conn).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_round_trip() {
        MilestoneKind::assert_round_trips();
    }
}

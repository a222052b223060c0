//! Taking a tag off all tickets that have it, perhaps for another one.
//!
//! A desk may have a hundred thousand tickets with one tag. They are changed some hundred at a time, each
//! with its event, so that history, live lists and filters stay true and nobody waits long for a lock. What
//! was done stays done when the rest is not: doing it again goes on.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use std::time::{Duration, Instant};

use crate::db::schema::{tags, ticket_tags, tickets};
use crate::db::{one_of, violated_reference};
use crate::error::Result;
use crate::events::{self, EventKind, EventPayload, NewEvent, TicketChanges};
use crate::ids::{TagId, TicketId};
use crate::tickets::lock_many;
use crate::{Actor, Conn, Timestamp};

/// Tickets in one transaction.
const CHUNK: i64 = 200;
/// After that no further chunk is begun.
const PATIENCE: Duration = Duration::from_secs(4);

/// How far a change of many tickets has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retagged {
    /// Tickets that were changed by this call.
    pub tickets: u64,
    /// False: there are more; the same call again goes on.
    pub is_done: bool,
}

/// A job on all tickets with some tags.
pub(super) struct Retagging<'a> {
    actor: &'a Actor,
    until: Instant,
    pub tickets: u64,
}

impl<'a> Retagging<'a> {
    pub fn begin(actor: &'a Actor) -> Self {
        Self { actor, until: Instant::now() + PATIENCE, tickets: 0 }
    }

    /// Takes `from` off every ticket, puts `to` in its place, and then deletes `from`. False when time was
    /// up before.
    pub async fn replace(
        &mut self,
        conn: &mut Conn,
        from: TagId,
        to: Option<TagId>,
    ) -> Result<bool> {
        loop {
            let changed = conn.transaction(async |conn| self.chunk(conn, from, to).await).await?;
            self.tickets += changed;
            if changed == 0 && delete_unused(conn, from).await? {
                return Ok(true);
            }
            if Instant::now() > self.until {
                return Ok(false);
            }
        }
    }

    async fn chunk(&self, conn: &mut Conn, from: TagId, to: Option<TagId>) -> Result<u64> {
        let ids: Vec<TicketId> = ticket_tags::table
            .filter(ticket_tags::tag_id.eq(from))
            .order(ticket_tags::ticket_id.asc())
            .select(ticket_tags::ticket_id)
            .limit(CHUNK)
            .load(conn)
            .await?;
        // Somebody may have taken it off one of them meanwhile.
        let mut locked = lock_many(conn, &ids).await?;
        locked.retain(|ticket| ticket.tag_ids.contains(&from));
        let ids: Vec<TicketId> = locked.iter().map(|ticket| ticket.id).collect();
        if ids.is_empty() {
            return Ok(0);
        }
        let now = Timestamp::now();
        diesel::update(tickets::table.filter(tickets::id.eq_any(&ids)))
            .set((tickets::version.eq(tickets::version + 1), tickets::updated_at.eq(now)))
            .execute(conn)
            .await?;
        let tagged = ticket_tags::table
            .filter(ticket_tags::tag_id.eq(from))
            .filter(one_of(ticket_tags::ticket_id, &ids));
        diesel::delete(tagged).execute(conn).await?;
        if let Some(to) = to {
            let rows: Vec<_> = ids
                .iter()
                .map(|id| (ticket_tags::ticket_id.eq(*id), ticket_tags::tag_id.eq(to)))
                .collect();
            diesel::insert_or_ignore_into(ticket_tags::table).values(rows).execute(conn).await?;
        }
        let log: Vec<NewEvent> = locked
            .into_iter()
            .map(|before| {
                let mut after = before.clone();
                after.tag_ids.retain(|tag| *tag != from);
                after.tag_ids.extend(to);
                after.tag_ids.sort();
                after.tag_ids.dedup();
                after.version = before.version + 1;
                after.updated_at = now;
                let changes = TicketChanges::between(&before, &after);
                let id = after.id;
                let payload =
                    EventPayload { changes, ticket: Some(after), ..EventPayload::default() };
                NewEvent::new(EventKind::TicketChanged, self.actor, id, now, payload)
            })
            .collect();
        events::append(conn, &log).await?;
        Ok(ids.len() as u64)
    }
}

/// False when a ticket has got the tag just now.
async fn delete_unused(conn: &mut Conn, id: TagId) -> Result<bool> {
    match diesel::delete(tags::table.find(id)).execute(conn).await {
        Ok(_) => Ok(true),
        Err(error) if violated_reference(&error).is_some() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

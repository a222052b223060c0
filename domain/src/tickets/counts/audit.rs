//! Holding the counts against the tickets, and making them anew.

use diesel::dsl::{count, count_star};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use std::collections::{BTreeMap, BTreeSet};

use super::apply::{CountedEvent, moves_of};
use super::{Group, Moves};
use crate::Conn;
use crate::db::read_one_moment;
use crate::db::schema::{event_sequence, events, ticket_counts, tickets};
use crate::error::Result;
use crate::events::Position;
use crate::ids::QueueId;
use crate::tickets::{Priority, Status};

/// A group whose count is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    pub group: Group,
    /// What `ticket_counts` says.
    pub counted: i64,
    /// What the tickets say, as of the same position of the log.
    pub found: i64,
}

/// Groups whose count differs from the tickets; empty when all is well.
///
/// Takes one snapshot and locks nothing; reads every ticket, about a second for a million.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away.
pub async fn check(conn: &mut Conn) -> Result<Vec<Difference>> {
    read_one_moment(conn).await?;
    conn.transaction(async |conn| {
        let as_of = event_sequence::table.select(event_sequence::counted).first(conn).await?;
        let counted = counted(conn).await?;
        let found = found_at(conn, as_of).await?;
        let groups: BTreeSet<Group> = counted.keys().chain(found.keys()).copied().collect();
        let at = |counts: &BTreeMap<Group, i64>, group| counts.get(group).copied().unwrap_or(0);
        Ok(groups
            .iter()
            .map(|group| Difference {
                group: *group,
                counted: at(&counted, group),
                found: at(&found, group),
            })
            .filter(|difference| difference.counted != difference.found)
            .collect())
    })
    .await
}

/// Counts all tickets anew, which is only needed after changes by hand, and returns how many there
/// are.
///
/// Holds the log's lock meanwhile: changes are committed, but their events wait for positions.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away; the counts are then as before.
pub async fn rebuild(conn: &mut Conn) -> Result<u64> {
    read_one_moment(conn).await?;
    conn.transaction(async |conn| {
        // Locked before anything is read: the snapshot begins after the last numbering.
        let position: Position =
            event_sequence::table.select(event_sequence::position).for_update().first(conn).await?;
        let found = found_at(conn, position).await?;
        diesel::delete(ticket_counts::table).execute(conn).await?;
        let tickets: i64 = found.values().sum();
        Moves::from(found).apply(conn).await?;
        diesel::update(event_sequence::table)
            .set(event_sequence::counted.eq(position))
            .execute(conn)
            .await?;
        Ok(tickets.unsigned_abs())
    })
    .await
}

async fn counted(conn: &mut Conn) -> Result<BTreeMap<Group, i64>> {
    let rows: Vec<(QueueId, Status, Priority, bool, i64)> = ticket_counts::table.load(conn).await?;
    Ok(rows
        .into_iter()
        .map(|(queue_id, status, priority, is_assigned, tickets)| {
            (Group { queue_id, status, priority, is_assigned }, tickets)
        })
        .collect())
}

/// The tickets as the log had them at `position`: those of this moment, less what happened since.
async fn found_at(conn: &mut Conn, position: Position) -> Result<BTreeMap<Group, i64>> {
    let key = (tickets::queue_id, tickets::status, tickets::priority);
    let rows: Vec<((QueueId, Status, Priority), i64, i64)> = tickets::table
        .filter(tickets::list_status.is_not_null())
        .group_by(key)
        // The second counts what is not NULL.
        .select((key, count_star(), count(tickets::assignee_id)))
        .load(conn)
        .await?;
    let ahead: Vec<CountedEvent> = CountedEvent::query()
        .filter(events::position.gt(position).or(events::position.is_null()))
        .load(conn)
        .await?;
    let mut found = BTreeMap::new();
    for ((queue_id, status, priority), all, assigned) in rows {
        for (is_assigned, tickets) in [(true, assigned), (false, all - assigned)] {
            found.insert(Group { queue_id, status, priority, is_assigned }, tickets);
        }
    }
    for (group, change) in moves_of(conn, &ahead).await?.into_map() {
        *found.entry(group).or_default() -= change;
    }
    Ok(found)
}

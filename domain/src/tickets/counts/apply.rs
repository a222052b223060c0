//! Adding up what events move.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::BTreeMap;
use tracing::warn;

use super::{Group, Movement};
use crate::Conn;
use crate::db::schema::events;
use crate::db::{Bind, Fixed};
use crate::error::{Error, Result};

/// Groups up to which each is a statement of its own, which stays prepared: a ticket that is opened or
/// changed while little else happens.
const FEW: usize = 4;

/// Rows in one statement; keeps it short for the parser.
const ROWS: usize = 200;

/// Net change of each group; groups that end where they began are left out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Moves(BTreeMap<Group, i64>);

impl From<BTreeMap<Group, i64>> for Moves {
    fn from(net: BTreeMap<Group, i64>) -> Self {
        Self(net.into_iter().filter(|(_, change)| *change != 0).collect())
    }
}

impl Moves {
    pub(super) fn add(&mut self, movement: Movement) {
        for (group, change) in [(movement.from, -1), (movement.to, 1)] {
            let Some(group) = group else { continue };
            let net = self.0.entry(group).or_default();
            *net += change;
            if *net == 0 {
                self.0.remove(&group);
            }
        }
    }

    pub(super) fn into_map(self) -> BTreeMap<Group, i64> {
        self.0
    }

    /// Adds the changes to `ticket_counts`; call while `event_sequence` is locked.
    ///
    /// # Errors
    /// Whatever the database says; the transaction must then be rolled back.
    pub(crate) async fn apply(&self, conn: &mut Conn) -> Result<()> {
        if self.0.len() <= FEW {
            for (group, change) in &self.0 {
                add_one(conn, group, *change).await?;
            }
            return Ok(());
        }
        let rows: Vec<String> = self.0.iter().map(|(group, change)| row(group, *change)).collect();
        for rows in rows.chunks(ROWS) {
            // A derived table instead of `VALUES (…)`: both servers let the update name its columns,
            // while `VALUES(tickets)` is deprecated in MySQL and `AS new` unknown to MariaDB.
            diesel::sql_query(format!(
                "INSERT INTO ticket_counts (queue_id, status, priority, assigned, tickets) \
                 SELECT q, s, p, a, n FROM ({}) AS moved \
                 ON DUPLICATE KEY UPDATE tickets = tickets + moved.n",
                rows.join(" UNION ALL ")
            ))
            .execute(conn)
            .await?;
        }
        Ok(())
    }
}

async fn add_one(conn: &mut Conn, group: &Group, change: i64) -> Result<()> {
    let Group { queue_id, status, priority, is_assigned } = group;
    let binds = [
        Bind::Bytes(queue_id.0.as_bytes().to_vec()),
        Bind::Text(status.as_str()),
        Bind::Text(priority.as_str()),
        Bind::Bool(*is_assigned),
        Bind::Signed(change),
        Bind::Signed(change),
    ];
    Fixed::new(
        "INSERT INTO ticket_counts (queue_id, status, priority, assigned, tickets) \
         VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE tickets = tickets + ?",
        binds,
    )
    .run(conn)
    .await?;
    Ok(())
}

fn row(group: &Group, change: i64) -> String {
    let Group { queue_id, status, priority, is_assigned } = group;
    let queue = queue_id.0.simple();
    format!("SELECT X'{queue}' q, '{status}' s, '{priority}' p, {is_assigned} a, {change} n")
}

/// What one event says about the counts.
#[derive(Debug, HasQuery)]
#[diesel(table_name = events)]
pub(crate) struct CountedEvent {
    pub seq: u64,
    count_from: Option<String>,
    count_to: Option<String>,
}

/// What the events move between the groups.
///
/// # Errors
/// [`Error::Unavailable`]; [`Error::Internal`] when a column holds no group.
pub(crate) async fn moves_of(conn: &mut Conn, counted: &[CountedEvent]) -> Result<Moves> {
    let mut moves = Moves::default();
    let mut unsaid = Vec::new();
    for event in counted {
        match (&event.count_from, &event.count_to) {
            (Some(from), Some(to)) => {
                moves.add(Movement::from_columns(from, to).map_err(Error::internal)?);
            }
            _ => unsaid.push(event.seq),
        }
    }
    // Only what a program of an earlier release wrote. What cannot be read moves nothing: the log
    // must go on, and `check` tells if a count is wrong.
    if !unsaid.is_empty() {
        let rows: Vec<(u64, String, String)> = events::table
            .filter(events::seq.eq_any(unsaid))
            .select((events::seq, events::kind, events::payload))
            .load(conn)
            .await?;
        for (seq, kind, payload) in rows {
            match (kind.parse(), serde_json::from_str(&payload)) {
                (Ok(kind), Ok(payload)) => moves.add(Movement::of(kind, &payload)),
                _ => warn!(seq, kind, "an event that cannot be read is not counted"),
            }
        }
    }
    Ok(moves)
}

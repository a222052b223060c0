//! Looking for proposals: which tickets, how often, and what stays of those before.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::{AsyncConnection, RunQueryDsl};
use std::collections::HashSet;

use super::{CategoryProposal, ProposalState, Row};
use crate::db::schema::{category_proposal_runs, category_proposals, suggestions, tickets};
use crate::error::Result;
use crate::ids::{CategoryProposalId, TicketId};
use crate::suggestions::{LabelKind, SuggestionState};
use crate::tickets::persons_label;
use crate::{Conn, Timestamp};

/// Tickets kept of a proposal; a larger one keeps its most typical ones.
pub const TICKETS_MAX: usize = 1_000;
/// Part of the tickets in either of two groups that must be in both for the groups to be the same.
const SAME_MIN: f64 = 0.5;
/// Decided proposals that keep groups away, the latest.
const DECIDED_MAX: i64 = 500;

/// A group that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct NewProposal {
    pub cohesion: f64,
    pub words: Vec<String>,
    /// Most typical first.
    pub ticket_ids: Vec<TicketId>,
}

/// Whether it is time to look again: true for one caller, once `every_s` seconds have passed since the
/// last look.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away.
pub async fn claim_run(conn: &mut Conn, every_s: i64) -> Result<bool> {
    let now = Timestamp::now();
    let last = category_proposal_runs::ran_at;
    let due = category_proposal_runs::table.filter(last.le(now.plus_seconds(-every_s)));
    Ok(diesel::update(due).set(last.eq(now)).execute(conn).await? > 0)
}

/// Tickets whose category the model was not sure about and nobody has set, newest first.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away.
pub async fn unsure(conn: &mut Conn, limit: i64) -> Result<Vec<TicketId>> {
    // Backwards over the primary key; the same ticket's earlier suggestions are superseded.
    Ok(suggestions::table
        .inner_join(tickets::table)
        .filter(suggestions::kind.eq(LabelKind::Category))
        .filter(suggestions::abstained.eq(true))
        .filter(suggestions::state.eq(SuggestionState::Open))
        .filter(sql::<Bool>(&format!("NOT {}", persons_label(LabelKind::Category))))
        .filter(tickets::deleted_at.is_null())
        .filter(tickets::merged_into_id.is_null())
        .order(suggestions::id.desc())
        .limit(limit)
        .select(suggestions::ticket_id)
        .load(conn)
        .await?)
}

/// Puts new proposals in the place of the open ones, largest first. One of mostly the same tickets keeps
/// its id; what was decided before of mostly the same tickets stays away.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away; nothing is changed then.
pub async fn replace(conn: &mut Conn, found: Vec<NewProposal>) -> Result<Vec<CategoryProposal>> {
    let now = Timestamp::now();
    conn.transaction(async |conn| {
        // Two refreshes at once come one after the other.
        let _: Vec<u8> = category_proposal_runs::table
            .select(category_proposal_runs::id)
            .for_update()
            .load(conn)
            .await?;
        // Open ones first: who decides about one meanwhile waits, or is among the decided.
        let mut before = open(conn).await?;
        let decided = decided(conn).await?;
        let mut after = Vec::new();
        for new in found {
            let is_same = |known: &CategoryProposal| overlap(&known.ticket_ids, &new.ticket_ids);
            if decided.iter().any(|known| is_same(known) > SAME_MIN) {
                continue;
            }
            let same = before.iter().position(|known| is_same(known) > SAME_MIN);
            let same = same.map(|at| before.swap_remove(at));
            let mut ticket_ids = new.ticket_ids;
            let size = u32::try_from(ticket_ids.len()).unwrap_or(u32::MAX);
            ticket_ids.truncate(TICKETS_MAX);
            after.push(CategoryProposal {
                id: same.as_ref().map_or_else(CategoryProposalId::new, |known| known.id),
                size,
                cohesion: new.cohesion,
                words: new.words,
                ticket_ids,
                state: ProposalState::Open,
                category_id: None,
                decided_by: None,
                decided_at: None,
                created_at: same.map_or(now, |known| known.created_at),
            });
        }
        let gone =
            category_proposals::table.filter(category_proposals::state.eq(ProposalState::Open));
        diesel::delete(gone).execute(conn).await?;
        let rows: Vec<Row> = after.iter().map(Row::from).collect();
        if !rows.is_empty() {
            diesel::insert_into(category_proposals::table).values(&rows).execute(conn).await?;
        }
        after.sort_by(|a, b| b.size.cmp(&a.size).then(a.id.cmp(&b.id)));
        Ok(after)
    })
    .await
}

async fn open(conn: &mut Conn) -> Result<Vec<CategoryProposal>> {
    let rows: Vec<Row> = Row::query()
        .filter(category_proposals::state.eq(ProposalState::Open))
        .for_update()
        .load(conn)
        .await?;
    rows.into_iter().map(Row::into_proposal).collect()
}

async fn decided(conn: &mut Conn) -> Result<Vec<CategoryProposal>> {
    let rows: Vec<Row> = Row::query()
        .filter(category_proposals::state.ne(ProposalState::Open))
        .order(category_proposals::decided_at.desc())
        .limit(DECIDED_MAX)
        .load(conn)
        .await?;
    rows.into_iter().map(Row::into_proposal).collect()
}

/// Jaccard: tickets in both, of those in either.
fn overlap(a: &[TicketId], b: &[TicketId]) -> f64 {
    let (a, b): (HashSet<_>, HashSet<_>) = (a.iter().collect(), b.iter().collect());
    let both = a.intersection(&b).count();
    let either = a.len() + b.len() - both;
    if either == 0 { 0.0 } else { both as f64 / either as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_is_jaccards() {
        let ids: Vec<TicketId> = (0..6).map(|_| TicketId::new()).collect();
        assert!((overlap(&ids[..4], &ids[2..]) - 2.0 / 6.0).abs() < 1e-9);
        assert!((overlap(&ids, &ids) - 1.0).abs() < 1e-9);
        assert_eq!(overlap(&[], &[]), 0.0);
    }
}

//! The report about tickets.

use chrono_tz::Tz;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use futures::TryStreamExt;
use std::collections::BTreeMap;

use super::buckets::{Bucket, Interval, buckets, position};
use super::durations::Durations;
use crate::actor::Scope;
use crate::db::one_of;
use crate::db::schema::{ticket_milestones, tickets};
use crate::error::Result;
use crate::ids::QueueId;
use crate::tickets::counts::count_of_queues;
use crate::tickets::{MilestoneKind, Status};
use crate::{Actor, Conn, Timestamp, queues};

/// What a report is about.
#[derive(Debug, Clone)]
pub struct ReportScope {
    pub from: Timestamp,
    /// Not included.
    pub to: Timestamp,
    pub interval: Interval,
    pub time_zone: Tz,
    /// Empty: all that the actor sees. Others are passed over.
    pub queues: Vec<QueueId>,
}

/// What happened in a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    pub created: u64,
    /// How often a ticket became solved.
    pub solved: u64,
    /// How often a solved ticket was opened again.
    pub reopened: u64,
    /// From creation to the first public reply of staff, by the time of the reply.
    pub first_response: Durations,
    /// From creation until the ticket became solved, by that time and each time.
    pub resolution: Durations,
}

/// A queue's tickets that wait, now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    pub queue_id: QueueId,
    pub open: u64,
    pub pending: u64,
    /// Open and pending ones that nobody has.
    pub unassigned: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub total: Figures,
    pub buckets: Vec<(Bucket, Figures)>,
    /// By the queues' names.
    pub backlog: Vec<Backlog>,
}

/// What happened to the tickets of the queues the actor sees, and what waits there. Staff only.
///
/// # Errors
/// [`crate::Error::Invalid`] for `to` and `interval`; [`crate::Error::Forbidden`] for customers and without
/// the scope.
pub async fn ticket_report(conn: &mut Conn, actor: &Actor, scope: &ReportScope) -> Result<Report> {
    actor.require_staff(Scope::TicketsRead)?;
    let buckets = buckets(scope.from, scope.to, scope.interval, scope.time_zone)?;
    let is_wanted = |id: &QueueId| scope.queues.is_empty() || scope.queues.contains(id);
    let visible = queues::list(conn, actor).await?;
    let ids: Vec<QueueId> = visible.iter().map(|queue| queue.id).filter(is_wanted).collect();
    let mut tally = vec![Tally::default(); buckets.len()];
    if !ids.is_empty() {
        for (slot, created) in created(conn, scope, &ids).await? {
            if let Some(n) = position(&buckets, slot) {
                tally[n].created += created;
            }
        }
        add_milestones(conn, scope, &ids, &buckets, &mut tally).await?;
    }
    let mut total = Tally::default();
    let mut figures = Vec::with_capacity(tally.len());
    for mut part in tally {
        figures.push(part.figures());
        total.absorb(part);
    }
    Ok(Report {
        total: total.figures(),
        buckets: buckets.into_iter().zip(figures).collect(),
        backlog: backlog(conn, actor, &ids).await?,
    })
}

#[derive(Debug, Clone, Default)]
struct Tally {
    created: u64,
    reopened: u64,
    first_response: Vec<u64>,
    resolution: Vec<u64>,
}

impl Tally {
    fn add(&mut self, kind: MilestoneKind, seconds: u64) {
        match kind {
            MilestoneKind::FirstReply => self.first_response.push(seconds),
            MilestoneKind::Solved => self.resolution.push(seconds),
            MilestoneKind::Reopened => self.reopened += 1,
        }
    }

    fn absorb(&mut self, other: Self) {
        self.created += other.created;
        self.reopened += other.reopened;
        self.first_response.extend(other.first_response);
        self.resolution.extend(other.resolution);
    }

    /// Leaves its durations in another order.
    fn figures(&mut self) -> Figures {
        Figures {
            created: self.created,
            solved: self.resolution.len() as u64,
            reopened: self.reopened,
            first_response: Durations::of(&mut self.first_response),
            resolution: Durations::of(&mut self.resolution),
        }
    }
}

/// Created tickets by the quarter of an hour, which no bucket's end divides but those of the report. An
/// index holds all it takes: `tickets_queue_status_created`.
async fn created(
    conn: &mut Conn,
    scope: &ReportScope,
    ids: &[QueueId],
) -> Result<Vec<(Timestamp, u64)>> {
    let status = tickets::list_status.assume_not_null();
    // Both ends are cut exactly, so that what is left of their quarters is counted as it is.
    let slot = "TIMESTAMPDIFF(SECOND, '1970-01-01', tickets.created_at) DIV 900";
    let rows: Vec<(i64, i64)> = tickets::table
        .filter(one_of(tickets::queue_id, ids))
        .filter(tickets::list_status.is_not_null().and(one_of(status, Status::ALL)))
        .filter(one_of(tickets::assigned, &[false, true]))
        .filter(tickets::created_at.ge(scope.from))
        .filter(tickets::created_at.lt(scope.to))
        .group_by(sql::<BigInt>(slot))
        .select((sql::<BigInt>(slot), sql::<BigInt>("COUNT(*)")))
        .load(conn)
        .await?;
    let mut found = BTreeMap::new();
    for (slot, tickets) in rows {
        // The first quarter may begin before the report does.
        let at = Timestamp::from_unix_seconds(slot * 900).max(scope.from);
        *found.entry(at).or_default() += tickets.unsigned_abs();
    }
    Ok(found.into_iter().collect())
}

/// What was reached when, and how long it took. One index holds all of it. Rows are streamed: exact quantiles
/// need each duration, eight bytes, and nothing else of a row is kept.
async fn add_milestones(
    conn: &mut Conn,
    scope: &ReportScope,
    ids: &[QueueId],
    buckets: &[Bucket],
    tally: &mut [Tally],
) -> Result<()> {
    use ticket_milestones::{kind, queue_id, reached_at, seconds};
    let mut rows = ticket_milestones::table
        .filter(queue_id.is_not_null().and(one_of(queue_id.assume_not_null(), ids)))
        .filter(one_of(kind, MilestoneKind::ALL))
        .filter(reached_at.ge(scope.from))
        .filter(reached_at.lt(scope.to))
        .select((kind, reached_at, seconds))
        .load_stream::<(MilestoneKind, Timestamp, u64)>(conn)
        .await?;
    while let Some((reached, at, took)) = rows.try_next().await? {
        if let Some(n) = position(buckets, at) {
            tally[n].add(reached, took);
        }
    }
    Ok(())
}

/// In the order of `ids`.
async fn backlog(conn: &mut Conn, actor: &Actor, ids: &[QueueId]) -> Result<Vec<Backlog>> {
    let counts = count_of_queues(conn, actor, ids).await?;
    let of = |queue_id: QueueId| {
        let mut backlog = Backlog { queue_id, open: 0, pending: 0, unassigned: 0 };
        for part in counts.iter().filter(|part| part.queue_id == queue_id) {
            match part.status {
                Status::Open => backlog.open += part.tickets,
                Status::Pending => backlog.pending += part.tickets,
                Status::Solved | Status::Closed => continue,
            }
            if !part.is_assigned {
                backlog.unassigned += part.tickets;
            }
        }
        backlog
    };
    Ok(ids.iter().copied().map(of).collect())
}

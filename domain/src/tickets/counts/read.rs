//! Totals of lists and queues.

use diesel::dsl::sql;
use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::audit::one_moment;
use super::count_group;
use crate::db::schema::{event_sequence, ticket_counts, tickets};
use crate::error::Result;
use crate::events::{Cursor, EventKind, LogEvent, Position, ahead_of, mark};
use crate::ids::{LogId, QueueId};
use crate::tickets::{AssigneeFilter, Range, Status, TicketFilter, TicketSnapshot, Visibility};
use crate::{Actor, Conn};

/// How many tickets the filter admits and the actor may see, as of the log's end or later.
///
/// Filters by queue, status, priority and "unassigned" of staff are sums over `ticket_counts`; others
/// count index entries.
///
/// # Errors
/// [`crate::Error::Forbidden`] for a token without `tickets:read`.
pub async fn count(conn: &mut Conn, actor: &Actor, filter: &TicketFilter) -> Result<u64> {
    let visibility = Visibility::of(actor)?;
    let tickets: i64 = match sum(&visibility, filter) {
        Some(sum) => sum.get_result(conn).await?,
        None => count_rows(conn, actor, &visibility, filter).await?,
    };
    Ok(tickets.max(0).unsigned_abs())
}

/// A total, and the place in the log at which it is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountAtMark {
    pub cursor: Cursor,
    pub tickets: u64,
}

/// As [`count`], exact at a known place in the log, however much is being written.
///
/// # Errors
/// [`crate::Error::Forbidden`] for a token without `tickets:read`.
///
/// # Panics
/// For a filter with `text` while events wait for their positions: the log cannot judge it.
pub async fn count_at_mark(
    conn: &mut Conn,
    actor: &Actor,
    filter: &TicketFilter,
) -> Result<CountAtMark> {
    let visibility = Visibility::of(actor)?;
    let ((log, position), tickets) = match sum(&visibility, filter) {
        Some(sum) => {
            // One statement reads one moment.
            let (log, counted, tickets): (LogId, Position, Option<i64>) = event_sequence::table
                .select((event_sequence::log_id, event_sequence::counted, sum.single_value()))
                .first(conn)
                .await?;
            ((log, counted), tickets.unwrap_or(0))
        }
        None => {
            one_moment(conn).await?;
            conn.transaction(async |conn| {
                let (log, position) = mark(conn).await?;
                let now = count_rows(conn, actor, &visibility, filter).await?;
                let ahead = ahead_of(conn, position).await?;
                let surplus: i64 = ahead.iter().map(|e| change(e, &visibility, filter)).sum();
                Ok::<_, crate::Error>(((log, position), now - surplus))
            })
            .await?
        }
    };
    Ok(CountAtMark { cursor: Cursor::new(log, position), tickets: tickets.max(0).unsigned_abs() })
}

/// A part of a queue's tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueCount {
    pub queue_id: QueueId,
    pub status: Status,
    pub is_assigned: bool,
    pub tickets: u64,
}

/// The tickets of several queues by status and assigned-ness, those the actor may see, in no order.
/// What is missing is zero.
///
/// # Errors
/// [`crate::Error::Forbidden`] for a token without `tickets:read`.
pub async fn count_of_queues(
    conn: &mut Conn,
    actor: &Actor,
    queues: &[QueueId],
) -> Result<Vec<QueueCount>> {
    let filter = TicketFilter { queues: queues.to_vec(), ..TicketFilter::default() };
    let Some(groups) = groups(&Visibility::of(actor)?, &filter) else { return Ok(Vec::new()) };
    let rows: Vec<(QueueId, Status, bool, i64)> = groups
        .select((
            ticket_counts::queue_id,
            ticket_counts::status,
            ticket_counts::assigned,
            ticket_counts::tickets,
        ))
        .load(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(queue_id, status, is_assigned, tickets)| QueueCount {
            queue_id,
            status,
            is_assigned,
            tickets: tickets.max(0).unsigned_abs(),
        })
        .collect())
}

type Groups<ST> = ticket_counts::BoxedQuery<'static, Mysql, ST>;

fn sum(visibility: &Visibility, filter: &TicketFilter) -> Option<Groups<BigInt>> {
    let total = sql::<BigInt>("CAST(COALESCE(SUM(tickets), 0) AS SIGNED)");
    Some(groups(visibility, filter)?.select(total))
}

/// The rows of `ticket_counts` that make up the list; `None` when it is not made of whole groups.
fn groups(
    visibility: &Visibility,
    filter: &TicketFilter,
) -> Option<Groups<ticket_counts::SqlType>> {
    let TicketFilter {
        queues,
        statuses,
        priorities,
        categories,
        assignee,
        requester,
        tags,
        text,
        created,
        updated,
    } = filter;
    let unbounded = Range::default();
    let is_whole = categories.is_empty()
        && requester.is_none()
        && tags.is_empty()
        && text.is_none()
        && (*created, *updated) == (unbounded, unbounded);
    if !is_whole {
        return None;
    }
    let mut rows = ticket_counts::table.into_boxed();
    match visibility {
        Visibility::All => {}
        Visibility::Queues(ids) => rows = rows.filter(ticket_counts::queue_id.eq_any(ids.clone())),
        Visibility::OwnRequests(_) | Visibility::Nothing => return None,
    }
    match assignee {
        None => {}
        Some(AssigneeFilter::Unassigned) => rows = rows.filter(ticket_counts::assigned.eq(false)),
        Some(AssigneeFilter::User(_)) => return None,
    }
    if !queues.is_empty() {
        rows = rows.filter(ticket_counts::queue_id.eq_any(queues.clone()));
    }
    if !statuses.is_empty() {
        rows = rows.filter(ticket_counts::status.eq_any(statuses.clone()));
    }
    if !priorities.is_empty() {
        rows = rows.filter(ticket_counts::priority.eq_any(priorities.clone()));
    }
    Some(rows)
}

async fn count_rows(
    conn: &mut Conn,
    actor: &Actor,
    visibility: &Visibility,
    filter: &TicketFilter,
) -> Result<i64> {
    let mut query = tickets::table.count().into_boxed().filter(visibility.predicate());
    for predicate in filter.predicates(actor.is_staff()) {
        query = query.filter(predicate);
    }
    Ok(query.get_result(conn).await?)
}

/// What an event did to the number of tickets in the list.
fn change(event: &LogEvent, visibility: &Visibility, filter: &TicketFilter) -> i64 {
    let Some(after) = &event.payload.ticket else { return 0 };
    let shows = |ticket: &TicketSnapshot| {
        let is_shown =
            count_group(ticket).is_some() && visibility.admits(ticket) && filter.admits(ticket);
        i64::from(is_shown)
    };
    let before = match event.kind {
        EventKind::TicketCreated => 0,
        _ => shows(&event.payload.changes.undo(after)),
    };
    shows(after) - before
}

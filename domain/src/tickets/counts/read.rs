//! Totals of lists and queues.

use diesel::expression::ValidGrouping;
use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::BigInt;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::count_group;

use crate::db::schema::{event_sequence, ticket_counts, tickets};
use crate::db::{one_of, read_one_moment};
use crate::error::Result;
use crate::events::{Cursor, EventKind, LogEvent, Position, mark, waiting};
use crate::ids::{LogId, QueueId};
use crate::tickets::{
    AssigneeFilter, Priority, Range, Status, TicketFilter, TicketSnapshot, Visibility,
};
use crate::{Actor, Conn};

/// How many tickets the filter admits and the actor may see, as of the log's end or later.
///
/// Filters by queue, status, priority and "unassigned" of staff are sums over `ticket_counts`; others
/// count index entries.
///
/// # Errors
/// [`crate::Error::Forbidden`] for a token without `tickets:read`.
pub async fn count(conn: &mut Conn, actor: &Actor, filter: &TicketFilter) -> Result<u64> {
    let Some(filter) = Visibility::of(actor)?.narrow(filter) else { return Ok(0) };
    let tickets: i64 = match groups(&filter) {
        Some(groups) => groups.select(Total).get_result(conn).await?,
        None => count_rows(conn, actor, &filter).await?,
    };
    Ok(tickets.max(0).unsigned_abs())
}

/// As [`count`], for several filters: those that are sums of whole groups are read together.
///
/// # Errors
/// [`crate::Error::Forbidden`] for a token without `tickets:read`.
pub async fn count_many(
    conn: &mut Conn,
    actor: &Actor,
    filters: &[TicketFilter],
) -> Result<Vec<u64>> {
    let visibility = Visibility::of(actor)?;
    let narrowed: Vec<Option<TicketFilter>> =
        filters.iter().map(|filter| visibility.narrow(filter)).collect();
    let whole = narrowed.iter().flatten().filter(|filter| groups(filter).is_some());
    let rows = match whole.count() {
        0 => Vec::new(),
        _ => every_group(conn, &visibility).await?,
    };
    let mut totals = Vec::with_capacity(filters.len());
    for filter in narrowed {
        let total = match filter {
            None => 0,
            Some(filter) if groups(&filter).is_some() => {
                rows.iter().filter(|row| row.is_in(&filter)).map(|row| row.tickets).sum()
            }
            Some(filter) => count_rows(conn, actor, &filter).await?,
        };
        totals.push(total.max(0).unsigned_abs());
    }
    Ok(totals)
}

/// One row of `ticket_counts`.
#[derive(HasQuery)]
#[diesel(table_name = ticket_counts)]
struct GroupCount {
    queue_id: QueueId,
    status: Status,
    priority: Priority,
    assigned: bool,
    tickets: i64,
}

impl GroupCount {
    /// As [`groups`] decides it in SQL.
    fn is_in(&self, filter: &TicketFilter) -> bool {
        (filter.queues.is_empty() || filter.queues.contains(&self.queue_id))
            && (filter.statuses.is_empty() || filter.statuses.contains(&self.status))
            && (filter.priorities.is_empty() || filter.priorities.contains(&self.priority))
            && !(filter.assignee == Some(AssigneeFilter::Unassigned) && self.assigned)
    }
}

/// The groups of all queues that the visibility admits.
async fn every_group(conn: &mut Conn, visibility: &Visibility) -> Result<Vec<GroupCount>> {
    let rows = GroupCount::query();
    Ok(match visibility {
        Visibility::Queues(ids) => {
            rows.filter(one_of(ticket_counts::queue_id, ids)).load(conn).await?
        }
        _ => rows.load(conn).await?,
    })
}

/// A total, and the place in the log at which it is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountAtMark {
    pub cursor: Cursor,
    pub tickets: u64,
}

/// As [`count`], exact at a known place in the log, however much is being written; but with `text` in
/// the filter, which only the present tickets can be asked for, as of now.
///
/// # Errors
/// [`crate::Error::Forbidden`] for a token without `tickets:read`.
pub async fn count_at_mark(
    conn: &mut Conn,
    actor: &Actor,
    filter: &TicketFilter,
) -> Result<CountAtMark> {
    let Some(filter) = Visibility::of(actor)?.narrow(filter) else {
        let (log, position) = mark(conn).await?;
        return Ok(CountAtMark { cursor: Cursor::new(log, position), tickets: 0 });
    };
    let ((log, position), tickets) = match groups(&filter) {
        Some(groups) => {
            // One statement reads one moment.
            let total = groups.select(Total).single_value();
            let (log, counted, tickets): (LogId, Position, Option<i64>) = event_sequence::table
                .select((event_sequence::log_id, event_sequence::counted, total))
                .first(conn)
                .await?;
            ((log, counted), tickets.unwrap_or(0))
        }
        None => {
            read_one_moment(conn).await?;
            conn.transaction(async |conn| {
                let (log, position) = mark(conn).await?;
                let now = count_rows(conn, actor, &filter).await?;
                let ahead = if filter.text.is_some() { Vec::new() } else { waiting(conn).await? };
                let surplus: i64 = ahead.iter().map(|event| change(event, &filter)).sum();
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
    // An empty list would mean all queues.
    let narrowed = Visibility::of(actor)?.narrow(&filter).filter(|_| !queues.is_empty());
    let Some(groups) = narrowed.as_ref().and_then(groups) else { return Ok(Vec::new()) };
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

/// The sum over groups; of none it is 0, not NULL.
///
/// An expression of its own, because a SQL literal's statement would not stay prepared.
#[derive(Debug, Clone, Copy, QueryId, ValidGrouping)]
#[diesel(aggregate)]
struct Total;

impl Expression for Total {
    type SqlType = BigInt;
}

impl AppearsOnTable<ticket_counts::table> for Total {}
impl SelectableExpression<ticket_counts::table> for Total {}

impl QueryFragment<Mysql> for Total {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        // A sum is a decimal number, whatever it adds up.
        out.push_sql("CAST(COALESCE(SUM(`ticket_counts`.`tickets`), 0) AS SIGNED)");
        Ok(())
    }
}

type Groups = ticket_counts::BoxedQuery<'static, Mysql>;

/// The rows of `ticket_counts` that make up the list; `None` when it is not made of whole groups.
fn groups(filter: &TicketFilter) -> Option<Groups> {
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
    match assignee {
        None => {}
        Some(AssigneeFilter::Unassigned) => rows = rows.filter(ticket_counts::assigned.eq(false)),
        Some(AssigneeFilter::User(_)) => return None,
    }
    rows = match &queues[..] {
        [] => rows,
        [queue] => rows.filter(ticket_counts::queue_id.eq(*queue)),
        queues => rows.filter(one_of(ticket_counts::queue_id, queues)),
    };
    rows = match &statuses[..] {
        [] => rows,
        [status] => rows.filter(ticket_counts::status.eq(*status)),
        statuses => rows.filter(one_of(ticket_counts::status, statuses)),
    };
    rows = match &priorities[..] {
        [] => rows,
        [priority] => rows.filter(ticket_counts::priority.eq(*priority)),
        priorities => rows.filter(one_of(ticket_counts::priority, priorities)),
    };
    Some(rows)
}

async fn count_rows(conn: &mut Conn, actor: &Actor, narrowed: &TicketFilter) -> Result<i64> {
    let mut query = tickets::table.count().into_boxed();
    for predicate in narrowed.listed(actor.is_staff()) {
        query = query.filter(predicate);
    }
    Ok(query.get_result(conn).await?)
}

/// What an event did to the number of tickets in the list.
fn change(event: &LogEvent, narrowed: &TicketFilter) -> i64 {
    let Some(after) = &event.payload.ticket else { return 0 };
    let shows = |ticket: &TicketSnapshot| {
        i64::from(count_group(ticket).is_some() && narrowed.admits(ticket))
    };
    let before = match event.kind {
        EventKind::TicketCreated => 0,
        _ => shows(&event.payload.changes.undo(after)),
    };
    shows(after) - before
}

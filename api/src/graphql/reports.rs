//! Reports in the graph.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use deskwire_domain::reports::{self, ReportScope};
use deskwire_domain::users::preferences;

use super::context::ContextExt;
use super::error::ApiResult;
use super::ids::domain_all;
use super::queues::Queue;

/// How long a report's buckets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::reports::Interval")]
pub enum ReportInterval {
    /// A day of the time zone.
    Day,
    /// A week of the time zone, from Monday.
    Week,
    /// A month of the time zone.
    Month,
}

/// How long several things took. Quantiles are exact: values that occurred, the least one that the wanted part
/// of all does not exceed.
#[derive(SimpleObject)]
struct DurationFigures {
    /// How many there were.
    count: u64,
    /// Half of them took no longer, in seconds. Null when there were none.
    median_seconds: Option<u64>,
    /// Nine in ten took no longer, in seconds. Null when there were none.
    p90_seconds: Option<u64>,
}

impl From<reports::Durations> for DurationFigures {
    fn from(found: reports::Durations) -> Self {
        let reports::Durations { count, median_s, p90_s } = found;
        Self { count, median_seconds: median_s, p90_seconds: p90_s }
    }
}

/// What happened in a time.
#[derive(SimpleObject)]
struct TicketFigures {
    /// Tickets that were created.
    created: u64,
    /// How often a ticket became solved, or closed without being solved before.
    solved: u64,
    /// How often a solved ticket was opened again.
    reopened: u64,
    /// From creation to the first public reply of staff other than the requester; counted when it was
    /// written. Notes do not count.
    first_response: DurationFigures,
    /// From creation until the ticket became solved; counted each time it did, at that time.
    resolution: DurationFigures,
}

impl From<reports::Figures> for TicketFigures {
    fn from(found: reports::Figures) -> Self {
        Self {
            created: found.created,
            solved: found.solved,
            reopened: found.reopened,
            first_response: found.first_response.into(),
            resolution: found.resolution.into(),
        }
    }
}

/// A day, a week or a month of a report.
#[derive(SimpleObject)]
struct TicketReportBucket {
    /// When it begins, in UTC; the first one with the report.
    from: DateTime<Utc>,
    /// When it ends, in UTC, not included; the last one with the report.
    to: DateTime<Utc>,
    /// What happened in it.
    figures: TicketFigures,
}

/// [`reports::Backlog`] as clients see it.
struct QueueBacklog(reports::Backlog);

/// A queue's tickets that wait, now.
#[Object]
impl QueueBacklog {
    /// The queue.
    async fn queue(&self, ctx: &Context<'_>) -> ApiResult<Option<Queue>> {
        Ok(ctx.batches()?.load_one(self.0.queue_id).await?.map(Queue))
    }

    /// Tickets that are OPEN.
    async fn open(&self) -> u64 {
        self.0.open
    }

    /// Tickets that are PENDING.
    async fn pending(&self) -> u64 {
        self.0.pending
    }

    /// Those of both that are assigned to nobody.
    async fn unassigned(&self) -> u64 {
        self.0.unassigned
    }
}

/// How much work came in and went out, and how long people waited. About the tickets the caller may see now,
/// each in the queue it is in now; deleted and merged ones, and those brought in as solved, do not count as
/// solved.
#[derive(SimpleObject)]
struct TicketReport {
    /// Time zone of the buckets.
    time_zone: String,
    /// All of the time together; its quantiles are of all values, not of the buckets' quantiles.
    total: TicketFigures,
    /// The days, weeks or months, in order, without a gap.
    buckets: Vec<TicketReportBucket>,
    /// What waits now, by the queues' names, whatever the time asked for.
    backlog: Vec<QueueBacklog>,
}

#[derive(Default)]
pub struct ReportQuery;

#[Object]
impl ReportQuery {
    /// What happened to the tickets of some queues in a time, and what waits there. Staff, for the queues whose
    /// tickets they may see. Scope `tickets:read`.
    #[graphql(complexity = "100 + child_complexity")]
    async fn ticket_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From this time on.")] from: DateTime<Utc>,
        #[graphql(desc = "Before this time.")] to: DateTime<Utc>,
        #[graphql(desc = "How long a bucket is; at most 400 of them.")] interval: ReportInterval,
        #[graphql(
            desc = "IANA time zone in which days begin; that of the caller's preferences if not given, else UTC."
        )]
        time_zone: Option<String>,
        #[graphql(
            default,
            desc = "Only of these queues; all the caller sees if not given or empty. Others are passed over."
        )]
        queue_ids: Vec<ID>,
    ) -> ApiResult<TicketReport> {
        let actor = ctx.actor()?;
        let queues = domain_all(&queue_ids, "queueIds")?;
        let mut conn = ctx.conn().await?;
        let zone = match time_zone {
            Some(name) => name,
            None => preferences::find(&mut conn, actor).await?.time_zone.unwrap_or("UTC".into()),
        };
        let time_zone = preferences::time_zone("timeZone", &zone)?;
        let (from, to) = (from.into(), to.into());
        let scope = ReportScope { from, to, interval: interval.into(), time_zone, queues };
        let report = reports::ticket_report(&mut conn, actor, &scope).await?;
        let bucket = |(bucket, figures): (reports::Bucket, reports::Figures)| TicketReportBucket {
            from: bucket.from.as_utc(),
            to: bucket.to.as_utc(),
            figures: figures.into(),
        };
        Ok(TicketReport {
            time_zone: time_zone.name().to_owned(),
            total: report.total.into(),
            buckets: report.buckets.into_iter().map(bucket).collect(),
            backlog: report.backlog.into_iter().map(QueueBacklog).collect(),
        })
    }
}

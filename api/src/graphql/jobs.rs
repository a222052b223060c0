//! Jobs that failed too often, in the graph.

use async_graphql::connection::EmptyFields;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use deskwire_domain::ids::{ModelRunId, TicketId};
use deskwire_domain::jobs::{self, JobKind};

use super::connection::{Rows, connection, list_cost, page_request};
use super::context::ContextExt;
use super::error::{ApiResult, UserError, mendable};
use super::ids::{domain, public};
use super::payload::payload;
use super::plain::Plain;
use super::scalars::Cursor;
use super::tickets::object::Ticket;

/// [`jobs::Job`] as clients see it.
pub struct Job(pub jobs::Job);

/// Work that follows a change, such as suggesting labels for a ticket.
#[Object]
impl Job {
    /// Global id.
    async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// What is to be done, such as `suggest`. May be a word that only another release running beside
    /// this one knows; its workers do such a job, also after it was replayed here.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// Id of the record it is about: of a ticket for `suggest`, of a training for `train`. Null for kinds that
    /// this release does not know.
    async fn subject_id(&self) -> Option<ID> {
        self.0.kind.parse().ok().map(|kind| match kind {
            JobKind::Suggest => public(TicketId::from(self.0.subject_id)),
            JobKind::Train => public(ModelRunId::from(self.0.subject_id)),
        })
    }

    /// The ticket it is about. Null for other kinds than `suggest`, and when the ticket was deleted.
    async fn ticket(&self, ctx: &Context<'_>) -> ApiResult<Option<Plain<Ticket>>> {
        match self.0.kind.parse() {
            Ok(JobKind::Suggest) => {
                Ok(Ticket::load(ctx, self.0.subject_id.into()).await?.map(Plain))
            }
            Ok(JobKind::Train) | Err(_) => Ok(None),
        }
    }

    /// How often it was tried.
    async fn attempts(&self) -> u16 {
        self.0.attempts
    }

    /// Why it failed last. Null before the first failure.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// When it will be tried next at the earliest, in UTC.
    async fn run_at(&self) -> DateTime<Utc> {
        self.0.run_at.as_utc()
    }

    /// When it was enqueued, in UTC.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.as_utc()
    }
}

#[derive(Default)]
pub struct JobQuery;

#[Object]
impl JobQuery {
    /// Jobs that failed too often and wait for a decision, oldest first. Admins only. Scope `admin`.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn parked_jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows wanted, 1 to 100; 25 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the row before the first wanted one.")] after: Option<String>,
    ) -> ApiResult<Rows<Job>> {
        let request = page_request(first, after)?;
        let page = jobs::list_parked(&mut *ctx.conn().await?, ctx.actor()?, &request).await?;
        Ok(connection(&request, page, EmptyFields, |job: jobs::Job| (job.cursor(), Job(job))))
    }
}

/// The job to try again.
#[derive(InputObject)]
struct ReplayJobInput {
    /// A parked job.
    id: ID,
}

/// The job to give up.
#[derive(InputObject)]
struct DiscardJobInput {
    /// A parked job.
    id: ID,
}

/// Outcome of giving up a job.
#[derive(SimpleObject)]
struct DiscardJobPayload {
    /// Id of the job that is gone. Null with errors.
    discarded_id: Option<ID>,
    /// What the caller can mend. Empty when it was discarded.
    errors: Vec<UserError>,
    /// Where the change stands in the event log. Null with errors.
    cursor: Option<Cursor>,
}

payload! {
    /// Outcome of a job mutation.
    JobPayload { job: Job(jobs::Job) }
}

#[derive(Default)]
pub struct JobMutation;

#[Object]
impl JobMutation {
    /// Makes a parked job due at once, with all its tries again. Admins only. Scope `admin`.
    async fn replay_job(&self, ctx: &Context<'_>, input: ReplayJobInput) -> ApiResult<JobPayload> {
        let actor = ctx.actor()?;
        let outcome = match domain(&input.id, "id") {
            Ok(id) => jobs::replay(&mut *ctx.conn().await?, actor, id).await,
            Err(error) => Err(error),
        };
        JobPayload::of(ctx, outcome).await
    }

    /// Gives a parked job up for good: what it was to do is not done. A ticket gets no suggestion by it; a
    /// training that waits for it ends as FAILED, so that another can begin. Admins only. Scope `admin`.
    async fn discard_job(
        &self,
        ctx: &Context<'_>,
        input: DiscardJobInput,
    ) -> ApiResult<DiscardJobPayload> {
        let actor = ctx.actor()?;
        let outcome = match domain(&input.id, "id") {
            Ok(id) => jobs::discard(&mut *ctx.conn().await?, actor, id).await,
            Err(error) => Err(error),
        };
        Ok(match mendable(outcome)? {
            Ok(job) => DiscardJobPayload {
                discarded_id: Some(public(job.id)),
                errors: Vec::new(),
                cursor: ctx.settle().await,
            },
            Err(errors) => DiscardJobPayload { discarded_id: None, errors, cursor: None },
        })
    }
}

//! Queues and their members in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use deskwire_domain::error::Result;
use deskwire_domain::queues::{self, QueueChange};
use deskwire_domain::suggestions::{self, AutoApply};
use deskwire_domain::tickets::counts::QueueCount;

use super::connection::{Rows, list_cost};
use super::context::ContextExt;
use super::error::ApiResult;
use super::ids::{domain, public};
use super::loaders::{AssigneesOf, AutoApplyOf, CountsOf, MembersOf};
use super::payload::payload;
use super::plain::Plain;
use super::suggestions::object::LabelKind;
use super::tickets::filter::{TicketFilterInput, TicketOrder};
use super::tickets::object::{Ticket, TicketStatus};
use super::tickets::query::{TicketListFields, list, null_if_missing};
use super::users::object::User;

/// What a member may do in a queue; each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::queues::QueueRight")]
pub enum QueueRight {
    /// See tickets, notes and suggestions.
    Read,
    /// Reply, note, claim, assign and change tickets.
    Reply,
    /// Manage the queue's members.
    Manage,
}

/// [`queues::Queue`] as clients see it.
pub struct Queue(pub queues::Queue);

/// Where tickets wait. Staff only.
#[Object]
impl Queue {
    /// Global id.
    pub async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// Unique without regard to case.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What belongs in it; may be empty.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Takes the tickets that name no queue, customers' among them; one queue has it.
    async fn is_default(&self) -> bool {
        self.0.is_default
    }

    /// What the caller may do here. Null when they are no member.
    async fn viewer_right(&self, ctx: &Context<'_>) -> ApiResult<Option<QueueRight>> {
        Ok(ctx.actor()?.queue_right(self.0.id).map(Into::into))
    }

    /// Members in no particular order. Empty unless the caller is one or an admin.
    #[graphql(complexity = "5 + 5 * child_complexity")]
    async fn members(&self, ctx: &Context<'_>) -> ApiResult<Vec<QueueMember>> {
        if ctx.actor()?.queue_right(self.0.id).is_none() {
            return Ok(Vec::new());
        }
        let members = ctx.batches()?.load_one(MembersOf(self.0.id)).await?.unwrap_or_default();
        Ok(members.into_iter().map(QueueMember).collect())
    }

    /// Whom the queue's tickets may be given to, by name: active members, and active admins. Empty unless the
    /// caller is a member or an admin.
    #[graphql(complexity = "5 + 5 * child_complexity")]
    async fn assignees(&self, ctx: &Context<'_>) -> ApiResult<Vec<Plain<User>>> {
        if ctx.actor()?.queue_right(self.0.id).is_none() {
            return Ok(Vec::new());
        }
        let people = ctx.batches()?.load_one(AssigneesOf(self.0.id)).await?.unwrap_or_default();
        Ok(people.into_iter().map(|user| Plain(User(user))).collect())
    }

    /// Which sure suggestions the desk puts on this queue's tickets without asking, by kind; what has no
    /// row is never applied, which is how a queue begins. Empty unless the caller is a member or an admin.
    #[graphql(complexity = "5 + child_complexity")]
    async fn auto_apply(&self, ctx: &Context<'_>) -> ApiResult<Vec<QueueAutoApply>> {
        if ctx.actor()?.queue_right(self.0.id).is_none() {
            return Ok(Vec::new());
        }
        let rules = ctx.batches()?.load_one(AutoApplyOf(self.0.id)).await?.unwrap_or_default();
        let shown =
            |rule: AutoApply| QueueAutoApply { kind: rule.kind.into(), threshold: rule.threshold };
        Ok(rules.into_iter().map(shown).collect())
    }

    /// How many tickets the queue has, without counting them: exact when the answer's last event was
    /// logged, and the caller's own changes are in it. All queues of an answer cost one look together.
    /// Zero where the caller may not see the queue's tickets. Scope `tickets:read`.
    #[graphql(complexity = 2)]
    async fn ticket_count(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only with one of these; all if not given or empty.", default)]
        statuses: Vec<TicketStatus>,
        #[graphql(desc = "True: only those assigned to nobody.")] unassigned: Option<bool>,
    ) -> ApiResult<u64> {
        let parts = ctx.batches()?.load_one(CountsOf(self.0.id)).await?.unwrap_or_default();
        let is_asked = |part: &&QueueCount| {
            (statuses.is_empty() || statuses.contains(&part.status.into()))
                && !(unassigned == Some(true) && part.is_assigned)
        };
        Ok(parts.iter().filter(is_asked).map(|part| part.tickets).sum())
    }

    /// The queue's tickets, as `tickets` with this queue in the filter.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Restricts further; `queueIds` is ignored.")] filter: Option<
            TicketFilterInput,
        >,
        #[graphql(desc = "NEWEST if not given.")] order: Option<TicketOrder>,
        #[graphql(desc = "Rows wanted, 1 to 100; 25 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the row before the first wanted one.")] after: Option<String>,
    ) -> ApiResult<Rows<Plain<Ticket>, TicketListFields>> {
        let mut filter = filter.unwrap_or_default().check(ctx.actor()?)?;
        filter.queues = vec![self.0.id];
        list(ctx, filter, order, first, after).await
    }
}

/// A queue's rule for one kind of label. Only new suggestions that are not abstained, for open and pending
/// tickets on which no person has set that label; only categories that can be chosen. Everything applied
/// is marked (`Ticket.categoryOrigin`, `priorityOrigin`) and taken off by `revertSuggestion`.
#[derive(SimpleObject)]
struct QueueAutoApply {
    /// What is applied.
    kind: LabelKind,
    /// Least probability a suggestion needs, 0.5 to 1.
    threshold: f64,
}

/// [`queues::Membership`] as clients see it.
pub struct QueueMember(queues::Membership);

/// A user's right on a queue.
#[Object]
impl QueueMember {
    /// Who.
    async fn user(&self, ctx: &Context<'_>) -> ApiResult<Option<User>> {
        User::load_optional(ctx, Some(self.0.user_id)).await
    }

    /// What they may do.
    async fn right(&self) -> QueueRight {
        self.0.right.into()
    }
}

/// [`queues::Membership`] as its user's page shows it.
pub struct UserMembership(pub queues::Membership);

/// A queue a user is a member of.
#[Object]
impl UserMembership {
    /// Where. Null when the caller does not see the queue.
    async fn queue(&self, ctx: &Context<'_>) -> ApiResult<Option<Queue>> {
        if ctx.actor()?.queue_right(self.0.queue_id).is_none() {
            return Ok(None);
        }
        Ok(ctx.batches()?.load_one(self.0.queue_id).await?.map(Queue))
    }

    /// What they may do.
    async fn right(&self) -> QueueRight {
        self.0.right.into()
    }
}

#[derive(Default)]
pub struct QueueQuery;

#[Object]
impl QueueQuery {
    /// Queues whose tickets the caller may see, by name. Empty for customers. Scope `tickets:read`.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn queues(&self, ctx: &Context<'_>) -> ApiResult<Vec<Queue>> {
        let all = queues::list(&mut *ctx.conn().await?, ctx.actor()?).await?;
        Ok(all.into_iter().map(Queue).collect())
    }

    /// One queue. Null when there is none or the caller may not see it. Scope `tickets:read`.
    async fn queue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The queue.")] id: ID,
    ) -> ApiResult<Option<Queue>> {
        let id = domain(&id, "id")?;
        let found = queues::find_visible(&mut *ctx.conn().await?, ctx.actor()?, id).await;
        null_if_missing(found.map(Queue))
    }
}

/// A new queue.
#[derive(InputObject)]
struct CreateQueueInput {
    /// 1 to 120 characters.
    name: String,
    /// At most 500 characters.
    #[graphql(default)]
    description: String,
}

/// Fields of a queue to change; what is not given stays.
#[derive(InputObject)]
struct UpdateQueueInput {
    /// The queue.
    id: ID,
    /// 1 to 120 characters.
    name: Option<String>,
    /// At most 500 characters.
    description: Option<String>,
    /// True takes the role from the queue that has it; false is refused.
    is_default: Option<bool>,
}

/// A user's right on a queue.
#[derive(InputObject)]
struct SetQueueMembershipInput {
    /// The queue.
    queue_id: ID,
    /// An agent, lead or admin.
    user_id: ID,
    /// The right from now on; null ends the membership.
    right: Option<QueueRight>,
}

/// Which suggestions to put on a queue's tickets without asking.
#[derive(InputObject)]
struct SetQueueAutoApplyInput {
    /// The queue.
    queue_id: ID,
    /// What to apply.
    kind: LabelKind,
    /// Least probability a suggestion needs, 0.5 to 1; null ends it.
    threshold: Option<f64>,
}

payload! {
    /// Outcome of a queue mutation.
    QueuePayload { queue: Queue(queues::Queue) }
}

#[derive(Default)]
pub struct QueueMutation;

#[Object]
impl QueueMutation {
    /// Creates a queue; the first one becomes the default. Admins only. Scope `admin`.
    async fn create_queue(
        &self,
        ctx: &Context<'_>,
        input: CreateQueueInput,
    ) -> ApiResult<QueuePayload> {
        let actor = ctx.actor()?;
        let made =
            queues::create(&mut *ctx.conn().await?, actor, &input.name, &input.description).await;
        QueuePayload::of(ctx, made).await
    }

    /// Renames or describes a queue, or makes it the default. Admins only. Scope `admin`.
    async fn update_queue(
        &self,
        ctx: &Context<'_>,
        input: UpdateQueueInput,
    ) -> ApiResult<QueuePayload> {
        let actor = ctx.actor()?;
        let change = QueueChange {
            name: input.name,
            description: input.description,
            is_default: input.is_default,
        };
        let outcome = match domain(&input.id, "id") {
            Ok(id) => queues::update(&mut *ctx.conn().await?, actor, id, change).await,
            Err(error) => Err(error),
        };
        QueuePayload::of(ctx, outcome).await
    }

    /// Gives, changes or ends a user's right on a queue; open streams follow. Admins, and members
    /// with the right to manage. Scope `admin`.
    async fn set_queue_membership(
        &self,
        ctx: &Context<'_>,
        input: SetQueueMembershipInput,
    ) -> ApiResult<QueuePayload> {
        let actor = ctx.actor()?;
        let outcome: Result<_> = async {
            let queue = domain(&input.queue_id, "queueId")?;
            let user = domain(&input.user_id, "userId")?;
            let right = input.right.map(Into::into);
            let mut conn = ctx.desk().conn().await?;
            queues::set_membership(&mut conn, actor, queue, user, right).await?;
            queues::find_visible(&mut conn, actor, queue).await
        }
        .await;
        QueuePayload::of(ctx, outcome).await
    }

    /// Lets the desk put suggestions of one kind on the queue's tickets without asking, from a probability
    /// on, or ends it. It holds for suggestions from then on: what was applied stays, and what is open is
    /// not applied. Admins, and members with the right to manage. Scope `admin`.
    async fn set_queue_auto_apply(
        &self,
        ctx: &Context<'_>,
        input: SetQueueAutoApplyInput,
    ) -> ApiResult<QueuePayload> {
        let actor = ctx.actor()?;
        let outcome: Result<_> = async {
            let queue = domain(&input.queue_id, "queueId")?;
            let (kind, threshold) = (input.kind.into(), input.threshold);
            let mut conn = ctx.desk().conn().await?;
            suggestions::set_auto_apply(&mut conn, actor, queue, kind, threshold).await?;
            queues::find_visible(&mut conn, actor, queue).await
        }
        .await;
        QueuePayload::of(ctx, outcome).await
    }
}

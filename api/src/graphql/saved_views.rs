//! Saved views in the graph: ticket lists that people keep.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use deskwire_domain::error::Result;
use deskwire_domain::ids::SavedViewId;
use deskwire_domain::saved_views::{
    self, Audience, Definition, SavedViewChange, SavedViewDraft, Unknown, ViewFilter,
};
use deskwire_domain::tickets::{self, AssigneeFilter};

use super::context::ContextExt;
use super::error::{ApiResult, UserError, mendable};
use super::ids::{PublicId, domain, domain_all, public};
use super::loaders::{CountOf, UnknownIn};
use super::plain::Plain;
use super::queues::Queue;
use super::tickets::filter::{TicketFilterInput, TicketOrder};
use super::tickets::object::{TicketPriority, TicketStatus};
use super::tickets::query::null_if_missing;
use super::users::object::User;

/// Who sees a view beside its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::saved_views::Sharing")]
pub enum SavedViewSharing {
    /// Nobody.
    Private,
    /// The members of a queue.
    Queue,
    /// All staff.
    Everyone,
}

/// A filter as it was kept, field by field what `TicketFilterInput` takes. Ids stay in it also when their
/// records are gone; see `SavedView.unknownIds`.
#[derive(SimpleObject)]
struct SavedViewFilter {
    /// In one of these queues.
    queue_ids: Vec<ID>,
    /// With one of these statuses.
    statuses: Vec<TicketStatus>,
    /// With one of these priorities.
    priorities: Vec<TicketPriority>,
    /// With one of these categories.
    category_ids: Vec<ID>,
    /// Assigned to this user. Null: not asked.
    assignee_id: Option<ID>,
    /// True: assigned to nobody. Null: not asked.
    unassigned: Option<bool>,
    /// True: assigned to whoever looks. Null: not asked.
    assigned_to_me: Option<bool>,
    /// Requested by this user. Null: not asked.
    requester_id: Option<ID>,
    /// With at least one of these tags.
    tag_ids: Vec<ID>,
    /// Words in the subject or in a message. Null: not asked.
    text: Option<String>,
    /// Created at or after this time. Null: not asked.
    created_from: Option<DateTime<Utc>>,
    /// Created before this time. Null: not asked.
    created_until: Option<DateTime<Utc>>,
    /// Last updated at or after this time. Null: not asked.
    updated_from: Option<DateTime<Utc>>,
    /// Last updated before this time. Null: not asked.
    updated_until: Option<DateTime<Utc>>,
}

impl From<&ViewFilter> for SavedViewFilter {
    fn from(filter: &ViewFilter) -> Self {
        let tickets = &filter.tickets;
        Self {
            queue_ids: all(&tickets.queues),
            statuses: tickets.statuses.iter().copied().map(Into::into).collect(),
            priorities: tickets.priorities.iter().copied().map(Into::into).collect(),
            category_ids: all(&tickets.categories),
            assignee_id: match tickets.assignee {
                Some(AssigneeFilter::User(user)) => Some(public(user)),
                Some(AssigneeFilter::Unassigned) | None => None,
            },
            unassigned: (tickets.assignee == Some(AssigneeFilter::Unassigned)).then_some(true),
            assigned_to_me: filter.assigned_to_me.then_some(true),
            requester_id: tickets.requester.map(public),
            tag_ids: all(&tickets.tags),
            text: tickets.text.clone(),
            created_from: tickets.created.from.map(|at| at.as_utc()),
            created_until: tickets.created.until.map(|at| at.as_utc()),
            updated_from: tickets.updated.from.map(|at| at.as_utc()),
            updated_until: tickets.updated.until.map(|at| at.as_utc()),
        }
    }
}

fn all<T: PublicId + Copy>(ids: &[T]) -> Vec<ID> {
    ids.iter().copied().map(public).collect()
}

/// [`saved_views::SavedView`] as clients see it.
pub struct SavedView(pub saved_views::SavedView);

impl SavedView {
    fn filter_of(&self, ctx: &Context<'_>) -> ApiResult<tickets::TicketFilter> {
        Ok(self.0.definition.filter.of(ctx.actor()?)?)
    }
}

/// A ticket list that somebody keeps. Staff only.
#[Object]
impl SavedView {
    /// Global id.
    pub async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// 1 to 120 characters; several views may have the same.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whose it is.
    async fn owner(&self, ctx: &Context<'_>) -> ApiResult<Option<Plain<User>>> {
        Ok(User::load_optional(ctx, Some(self.0.owner_id)).await?.map(Plain))
    }

    /// Who sees it beside its owner.
    async fn shared_with(&self) -> SavedViewSharing {
        self.0.audience.sharing().into()
    }

    /// The queue whose members see it. Null unless it is shared with a queue.
    async fn queue(&self, ctx: &Context<'_>) -> ApiResult<Option<Queue>> {
        let Some(id) = self.0.audience.queue_id() else { return Ok(None) };
        Ok(ctx.batches()?.load_one(id).await?.map(Queue))
    }

    /// Which tickets it shows.
    async fn filter(&self) -> SavedViewFilter {
        (&self.0.definition.filter).into()
    }

    /// In which order.
    async fn order(&self) -> TicketOrder {
        self.0.definition.order.into()
    }

    /// Names that clients give to their columns, in their order. Empty: the client's own choice.
    async fn columns(&self) -> &[String] {
        &self.0.definition.columns
    }

    /// Where it stands in the list of views; ascending.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// How many tickets it shows the caller now. Views that ask for no more than queues, statuses, priorities
    /// and `unassigned` cost one look together, others one each.
    #[graphql(complexity = 5)]
    async fn ticket_count(&self, ctx: &Context<'_>) -> ApiResult<u64> {
        let filter = self.filter_of(ctx)?;
        Ok(ctx.batches()?.load_one(CountOf(filter)).await?.unwrap_or(0))
    }

    /// Ids in the filter of records that are gone or that the caller does not see. They find nothing: a
    /// condition of which only such ids are left shows no ticket.
    #[graphql(complexity = 5)]
    async fn unknown_ids(&self, ctx: &Context<'_>) -> ApiResult<Vec<ID>> {
        let filter = self.0.definition.filter.tickets.clone();
        let found = ctx.batches()?.load_one(UnknownIn(filter)).await?.unwrap_or_default();
        let Unknown { queues, categories, tags, users } = found;
        Ok([all(&queues), all(&categories), all(&tags), all(&users)].concat())
    }

    /// Whether the caller may change and delete it.
    async fn viewer_may_change(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        Ok(saved_views::may_change(ctx.actor()?, &self.0))
    }

    /// When it was kept first, in UTC.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.as_utc()
    }

    /// When it was last changed, in UTC.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at.as_utc()
    }
}

#[derive(Default)]
pub struct SavedViewQuery;

#[Object]
impl SavedViewQuery {
    /// The caller's own views and those shared with them, by position and name. Staff only. Scope
    /// `tickets:read`.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn saved_views(&self, ctx: &Context<'_>) -> ApiResult<Vec<SavedView>> {
        let all = saved_views::list(&mut *ctx.conn().await?, ctx.actor()?).await?;
        Ok(all.into_iter().map(SavedView).collect())
    }

    /// One view. Null when there is none or the caller does not see it. Staff only. Scope `tickets:read`.
    async fn saved_view(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The view.")] id: ID,
    ) -> ApiResult<Option<SavedView>> {
        let id = domain(&id, "id")?;
        let found = saved_views::find(&mut *ctx.conn().await?, ctx.actor()?, id).await;
        null_if_missing(found.map(SavedView))
    }
}

/// A list to be kept.
#[derive(InputObject)]
struct CreateSavedViewInput {
    /// 1 to 120 characters.
    name: String,
    /// Which tickets it shows. What it names must exist.
    #[graphql(default)]
    filter: TicketFilterInput,
    /// NEWEST if not given.
    order: Option<TicketOrder>,
    /// Names that the client gives to its columns: at most 30, each of 1 to 40 letters, digits and
    /// underscores.
    #[graphql(default)]
    columns: Vec<String>,
    /// Who sees it beside the caller.
    #[graphql(default_with = "SavedViewSharing::Private")]
    shared_with: SavedViewSharing,
    /// The queue to share it with; exactly with QUEUE.
    queue_id: Option<ID>,
    /// Where it stands in the list of views; behind the caller's others if not given.
    position: Option<i32>,
}

/// Fields of a view to change; what is not given stays.
#[derive(InputObject)]
struct UpdateSavedViewInput {
    /// The view.
    id: ID,
    /// 1 to 120 characters.
    name: Option<String>,
    /// The whole filter from now on. What it names must exist.
    filter: Option<TicketFilterInput>,
    /// In which order.
    order: Option<TicketOrder>,
    /// As in `createSavedView`.
    columns: Option<Vec<String>>,
    /// Who sees it beside its owner.
    shared_with: Option<SavedViewSharing>,
    /// The queue to share it with; exactly with QUEUE.
    queue_id: Option<ID>,
    /// Where it stands in the list of views.
    position: Option<i32>,
}

/// The view to give up.
#[derive(InputObject)]
struct DeleteSavedViewInput {
    /// The view.
    id: ID,
}

/// Another order of the caller's own views.
#[derive(InputObject)]
struct ReorderSavedViewsInput {
    /// The caller's own views, each at most once: those named stand first, in this order; the others follow as
    /// they stood.
    ids: Vec<ID>,
}

/// Outcome of putting views in another order.
#[derive(SimpleObject)]
struct ReorderSavedViewsPayload {
    /// All of the caller's own views after the change, in order. Null with errors.
    saved_views: Option<Vec<SavedView>>,
    /// What the caller can mend. Empty when the change was made.
    errors: Vec<UserError>,
}

/// Outcome of keeping or changing a view.
#[derive(SimpleObject)]
struct SavedViewPayload {
    /// The view after the change. Null with errors.
    saved_view: Option<SavedView>,
    /// What the caller can mend. Empty when the change was made.
    errors: Vec<UserError>,
}

/// Outcome of giving up a view.
#[derive(SimpleObject)]
struct DeleteSavedViewPayload {
    /// Id of the view that is gone. Null with errors.
    deleted_id: Option<ID>,
    /// What the caller can mend. Empty when it was deleted.
    errors: Vec<UserError>,
}

impl SavedViewPayload {
    fn of(outcome: Result<saved_views::SavedView>) -> ApiResult<Self> {
        Ok(match mendable(outcome)? {
            Ok(view) => Self { saved_view: Some(SavedView(view)), errors: Vec::new() },
            Err(errors) => Self { saved_view: None, errors },
        })
    }
}

fn audience(sharing: SavedViewSharing, queue: Option<&ID>) -> Result<Audience> {
    let queue = queue.map(|id| domain(id, "queueId")).transpose()?;
    Audience::new(sharing.into(), queue)
}

#[derive(Default)]
pub struct SavedViewMutation;

#[Object]
impl SavedViewMutation {
    /// Keeps a list, at most 100 a person. Staff; leads and admins share with EVERYONE, who manages a queue
    /// shares with it. Scope `tickets:write`.
    async fn create_saved_view(
        &self,
        ctx: &Context<'_>,
        input: CreateSavedViewInput,
    ) -> ApiResult<SavedViewPayload> {
        let actor = ctx.actor()?;
        let outcome: Result<_> = async {
            let definition = Definition {
                filter: input.filter.keep(actor)?,
                order: input.order.map(Into::into).unwrap_or_default(),
                columns: input.columns,
            };
            let draft = SavedViewDraft {
                name: input.name,
                definition,
                audience: audience(input.shared_with, input.queue_id.as_ref())?,
                position: input.position,
            };
            saved_views::create(&mut *ctx.desk().conn().await?, actor, draft).await
        }
        .await;
        SavedViewPayload::of(outcome)
    }

    /// Changes a view. Its owner; of shared ones also admins and, with QUEUE, who manages the queue. Who
    /// changes a view must be allowed to share it as it then is. Scope `tickets:write`.
    async fn update_saved_view(
        &self,
        ctx: &Context<'_>,
        input: UpdateSavedViewInput,
    ) -> ApiResult<SavedViewPayload> {
        let actor = ctx.actor()?;
        let outcome: Result<_> = async {
            let id: SavedViewId = domain(&input.id, "id")?;
            let queue = input.queue_id.as_ref();
            let change = SavedViewChange {
                name: input.name,
                filter: input.filter.map(|filter| filter.keep(actor)).transpose()?,
                order: input.order.map(Into::into),
                columns: input.columns,
                audience: match (input.shared_with, queue) {
                    (Some(sharing), queue) => Some(audience(sharing, queue)?),
                    (None, Some(_)) => Some(audience(SavedViewSharing::Private, queue)?),
                    (None, None) => None,
                },
                position: input.position,
            };
            saved_views::update(&mut *ctx.desk().conn().await?, actor, id, change).await
        }
        .await;
        SavedViewPayload::of(outcome)
    }

    /// Puts the caller's own views in another order: their positions are 0, 1, 2 … from then on. Shared ones
    /// move for everybody. Staff only. Scope `tickets:write`.
    async fn reorder_saved_views(
        &self,
        ctx: &Context<'_>,
        input: ReorderSavedViewsInput,
    ) -> ApiResult<ReorderSavedViewsPayload> {
        let actor = ctx.actor()?;
        let outcome = match domain_all(&input.ids, "ids") {
            Ok(ids) => saved_views::reorder(&mut *ctx.conn().await?, actor, &ids).await,
            Err(error) => Err(error),
        };
        Ok(match mendable(outcome)? {
            Ok(views) => ReorderSavedViewsPayload {
                saved_views: Some(views.into_iter().map(SavedView).collect()),
                errors: Vec::new(),
            },
            Err(errors) => ReorderSavedViewsPayload { saved_views: None, errors },
        })
    }

    /// Deletes a view, for everybody who shares it. Who may change it. Scope `tickets:write`.
    async fn delete_saved_view(
        &self,
        ctx: &Context<'_>,
        input: DeleteSavedViewInput,
    ) -> ApiResult<DeleteSavedViewPayload> {
        let actor = ctx.actor()?;
        let outcome = match domain(&input.id, "id") {
            Ok(id) => saved_views::delete(&mut *ctx.conn().await?, actor, id).await,
            Err(error) => Err(error),
        };
        Ok(match mendable(outcome)? {
            Ok(()) => DeleteSavedViewPayload { deleted_id: Some(input.id), errors: Vec::new() },
            Err(errors) => DeleteSavedViewPayload { deleted_id: None, errors },
        })
    }
}

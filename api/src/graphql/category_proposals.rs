//! Possible new categories in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use deskwire_domain::category_proposals::{self as proposals, Adoption};
use deskwire_domain::error::{Error, Result};
use futures::future::try_join_all;

use super::categories::Category;
use super::connection::list_cost;
use super::context::ContextExt;
use super::error::{ApiResult, UserError, mendable};
use super::ids::{domain, public, try_domain};
use super::plain::Plain;
use super::scalars::Cursor;
use super::tickets::object::Ticket;
use super::users::object::User;

/// Most tickets named of a proposal.
const TICKETS_MAX: i32 = 100;

/// What became of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::category_proposals::ProposalState")]
pub enum CategoryProposalState {
    /// Nobody has decided yet.
    Open,
    /// It became a category.
    Adopted,
    /// It will not become one.
    Dismissed,
}

/// [`proposals::CategoryProposal`] as clients see it.
pub struct CategoryProposal(pub proposals::CategoryProposal);

/// A group of tickets that fit no category and are about the same: perhaps a category is missing.
#[Object]
impl CategoryProposal {
    /// Global id; stays while the group has mostly the same tickets.
    pub async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// Tickets in the group when it was last looked for.
    async fn size(&self) -> u32 {
        self.0.size
    }

    /// How much its tickets are alike, 0 to 1: the mean cosine to their centre.
    async fn cohesion(&self) -> f64 {
        self.0.cohesion
    }

    /// Up to eight words that are far more frequent in the group than in all tickets, most telling first.
    async fn words(&self) -> &[String] {
        &self.0.words
    }

    /// Tickets of the group that the caller may see, most typical first.
    #[graphql(complexity = "list_cost(Some(first), child_complexity)")]
    async fn tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 5, desc = "Tickets wanted, 1 to 100.")] first: i32,
    ) -> ApiResult<Vec<Plain<Ticket>>> {
        let wanted = usize::try_from(first).ok().filter(|_| (1..=TICKETS_MAX).contains(&first));
        let wanted = wanted.ok_or_else(|| {
            Error::invalid("first", format!("must be 1 to {TICKETS_MAX}, got {first}"))
        })?;
        let batches = ctx.batches()?;
        let ids = self.0.ticket_ids.iter().take(wanted);
        let found = try_join_all(ids.map(|id| batches.load_one(*id))).await?;
        Ok(found.into_iter().flatten().map(|ticket| Plain(Ticket(ticket))).collect())
    }

    /// What became of it.
    async fn state(&self) -> CategoryProposalState {
        self.0.state.into()
    }

    /// The category it became. Null unless it was adopted.
    async fn category(&self, ctx: &Context<'_>) -> ApiResult<Option<Category>> {
        let Some(id) = self.0.category_id else { return Ok(None) };
        Ok(ctx.batches()?.load_one(id).await?.map(Category))
    }

    /// Who decided. Null while it is open.
    async fn decided_by(&self, ctx: &Context<'_>) -> ApiResult<Option<Plain<User>>> {
        Ok(User::load_optional(ctx, self.0.decided_by).await?.map(Plain))
    }

    /// When somebody decided, in UTC. Null while it is open.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at.map(|at| at.as_utc())
    }

    /// When the group was first found, in UTC.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.as_utc()
    }
}

#[derive(Default)]
pub struct CategoryProposalQuery;

#[Object]
impl CategoryProposalQuery {
    /// Possible new categories, largest first: groups of tickets the model was not sure about and nobody
    /// labelled. The worker looks for them about once an hour. Admins only. Scope `admin`.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn category_proposals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "OPEN if not given.")] state: Option<CategoryProposalState>,
    ) -> ApiResult<Vec<CategoryProposal>> {
        let state = state.unwrap_or(CategoryProposalState::Open).into();
        let all = proposals::list(&mut *ctx.conn().await?, ctx.actor()?, state).await?;
        Ok(all.into_iter().map(CategoryProposal).collect())
    }
}

/// The proposal to make a category of.
#[derive(InputObject)]
struct AdoptCategoryProposalInput {
    /// The proposal.
    id: ID,
    /// Name of the new category, 1 to 120 characters; unique.
    name: String,
    /// Also put the category on the proposal's tickets that have none, as the caller's own decision.
    #[graphql(default)]
    label: bool,
}

/// The proposal to put away.
#[derive(InputObject)]
struct DismissCategoryProposalInput {
    /// The proposal.
    id: ID,
}

/// Outcome of deciding about a possible new category.
#[derive(SimpleObject, Default)]
pub struct CategoryProposalPayload {
    /// The proposal after the decision; with errors, as it is now.
    category_proposal: Option<CategoryProposal>,
    /// The new category. Null unless the proposal was adopted.
    category: Option<Category>,
    /// Tickets that got the new category.
    labelled: u32,
    /// What the caller can mend. Empty when the decision was recorded.
    errors: Vec<UserError>,
    /// Where the change stands in the event log. Null with errors.
    cursor: Option<Cursor>,
}

#[derive(Default)]
pub struct CategoryProposalMutation;

#[Object]
impl CategoryProposalMutation {
    /// Creates a category of a proposal, which can be chosen at once and is suggested after the next
    /// training. Admins only. Scope `admin`, with `label` also `tickets:write`.
    async fn adopt_category_proposal(
        &self,
        ctx: &Context<'_>,
        input: AdoptCategoryProposalInput,
    ) -> ApiResult<CategoryProposalPayload> {
        let actor = ctx.actor()?;
        let outcome = match domain(&input.id, "id") {
            Ok(id) => {
                let mut conn = ctx.conn().await?;
                proposals::adopt(&mut conn, actor, id, &input.name, input.label).await
            }
            Err(error) => Err(error),
        };
        payload(
            ctx,
            &input.id,
            outcome.map(|Adoption { proposal, category, labelled }| CategoryProposalPayload {
                category_proposal: Some(CategoryProposal(proposal)),
                category: Some(Category(category)),
                labelled,
                ..Default::default()
            }),
        )
        .await
    }

    /// Puts a proposal away: a group of mostly the same tickets is not proposed again. Admins only. Scope
    /// `admin`.
    async fn dismiss_category_proposal(
        &self,
        ctx: &Context<'_>,
        input: DismissCategoryProposalInput,
    ) -> ApiResult<CategoryProposalPayload> {
        let actor = ctx.actor()?;
        let outcome = match domain(&input.id, "id") {
            Ok(id) => proposals::dismiss(&mut *ctx.conn().await?, actor, id).await,
            Err(error) => Err(error),
        };
        payload(
            ctx,
            &input.id,
            outcome.map(|proposal| CategoryProposalPayload {
                category_proposal: Some(CategoryProposal(proposal)),
                ..Default::default()
            }),
        )
        .await
    }
}

async fn payload(
    ctx: &Context<'_>,
    id: &ID,
    outcome: Result<CategoryProposalPayload>,
) -> ApiResult<CategoryProposalPayload> {
    Ok(match mendable(outcome)? {
        Ok(decided) => CategoryProposalPayload { cursor: ctx.settle().await, ..decided },
        Err(errors) => {
            let present = match try_domain(id) {
                Some(id) => {
                    let mut conn = ctx.conn().await?;
                    proposals::find(&mut conn, ctx.actor()?, id).await.ok()
                }
                None => None,
            };
            let category_proposal = present.map(CategoryProposal);
            CategoryProposalPayload { category_proposal, errors, ..Default::default() }
        }
    })
}

//! Organisations in the graph.

use async_graphql::connection::EmptyFields;
use async_graphql::{Context, ID, InputObject, Object};
use deskwire_domain::organisations;
use deskwire_domain::tickets::{self, Listing};

use super::connection::{OrganisationRows, Rows, connection, list_cost, page_request};
use super::context::ContextExt;
use super::error::ApiResult;
use super::ids::{domain, public};
use super::payload::payload;
use super::plain::Plain;
use super::tickets::filter::{TicketFilterInput, TicketOrder};
use super::tickets::object::Ticket;
use super::tickets::query::null_if_missing;

/// [`organisations::Organisation`] as clients see it.
pub struct Organisation(pub organisations::Organisation);

/// Whom customers belong to.
#[Object]
impl Organisation {
    /// Global id.
    async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// Unique without regard to case.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Tickets the caller may see of everybody who belongs to it now, filtered and ordered. It costs the longer
    /// the more tickets the organisation has. Scope `tickets:read`.
    #[graphql(complexity = "50 + list_cost(first, child_complexity)")]
    async fn tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "All of them that the caller may see if not given.")] filter: Option<
            TicketFilterInput,
        >,
        #[graphql(desc = "NEWEST if not given.")] order: Option<TicketOrder>,
        #[graphql(desc = "Rows wanted, 1 to 100; 25 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the row before the first wanted one.")] after: Option<String>,
    ) -> ApiResult<OrganisationRows<Plain<Ticket>>> {
        let (request, actor) = (page_request(first, after)?, ctx.actor()?);
        let filter = filter.unwrap_or_default().check(actor)?;
        let order = order.map(Into::into).unwrap_or_default();
        let (listing, mut conn) = (Listing { filter, order }, ctx.conn().await?);
        let page =
            tickets::list_of_organisation(&mut conn, actor, self.0.id, &listing, &request).await?;
        let row = |ticket: tickets::Ticket| (order.cursor(&ticket), Plain(Ticket(ticket)));
        Ok(connection(&request, page, EmptyFields, row))
    }
}

#[derive(Default)]
pub struct OrganisationQuery;

#[Object]
impl OrganisationQuery {
    /// One organisation. Null when there is none. Staff only. Scope `users:read`.
    async fn organisation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organisation.")] id: ID,
    ) -> ApiResult<Option<Organisation>> {
        let id = domain(&id, "id")?;
        let found = organisations::find(&mut *ctx.conn().await?, ctx.actor()?, id).await;
        null_if_missing(found.map(Organisation))
    }

    /// Organisations by name. Staff only. Scope `users:read`.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn organisations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Words, at most eight count: each must begin a word of the name.")]
        text: Option<String>,
        #[graphql(desc = "Rows wanted, 1 to 100; 25 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the row before the first wanted one.")] after: Option<String>,
    ) -> ApiResult<Rows<Organisation>> {
        let request = page_request(first, after)?;
        let page =
            organisations::list(&mut *ctx.conn().await?, ctx.actor()?, text.as_deref(), &request)
                .await?;
        let row = |found: organisations::Organisation| (found.cursor(), Organisation(found));
        Ok(connection(&request, page, EmptyFields, row))
    }
}

/// A new organisation.
#[derive(InputObject)]
struct CreateOrganisationInput {
    /// 1 to 200 characters.
    name: String,
}

/// Another name for an organisation.
#[derive(InputObject)]
struct RenameOrganisationInput {
    /// The organisation.
    id: ID,
    /// 1 to 200 characters.
    name: String,
}

payload! {
    /// Outcome of an organisation mutation.
    OrganisationPayload { organisation: Organisation(organisations::Organisation) }
}

#[derive(Default)]
pub struct OrganisationMutation;

#[Object]
impl OrganisationMutation {
    /// Creates an organisation. Leads and admins. Scope `users:write`.
    async fn create_organisation(
        &self,
        ctx: &Context<'_>,
        input: CreateOrganisationInput,
    ) -> ApiResult<OrganisationPayload> {
        let actor = ctx.actor()?;
        let outcome = organisations::create(&mut *ctx.conn().await?, actor, &input.name).await;
        OrganisationPayload::of(ctx, outcome).await
    }

    /// Renames an organisation. Leads and admins. Scope `users:write`.
    async fn rename_organisation(
        &self,
        ctx: &Context<'_>,
        input: RenameOrganisationInput,
    ) -> ApiResult<OrganisationPayload> {
        let actor = ctx.actor()?;
        let outcome = match domain(&input.id, "id") {
            Ok(id) => organisations::rename(&mut *ctx.conn().await?, actor, id, &input.name).await,
            Err(error) => Err(error),
        };
        OrganisationPayload::of(ctx, outcome).await
    }
}

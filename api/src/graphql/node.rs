//! `node(id)`: any record by its global id (<https://relay.dev/graphql/objectidentification.htm>).

use async_graphql::{Context, ID, Interface, Object};
use deskwire_domain::ids::UserId;
use deskwire_domain::{queues, tickets, users};

use super::categories::Category;
use super::context::ContextExt;
use super::error::ApiResult;
use super::ids::try_domain;
use super::messages::object::Message;
use super::queues::Queue;
use super::suggestions::object::Suggestion;
use super::tickets::object::Ticket;
use super::tickets::query::null_if_missing;
use super::users::object::User;

/// A record with a global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Global id."))]
pub enum Node {
    Ticket(Ticket),
    Message(Message),
    User(User),
    Queue(Queue),
    Category(Category),
    Suggestion(Suggestion),
}

#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Any record by its global id. Null when there is none or the caller may not see it.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of a ticket, message, user, queue, category or suggestion.")] id: ID,
    ) -> ApiResult<Option<Node>> {
        let actor = ctx.actor()?;
        if let Some(id) = try_domain(&id) {
            let found = tickets::find_visible(&mut *ctx.conn().await?, actor, id).await;
            return null_if_missing(found.map(|ticket| Node::Ticket(Ticket(ticket))));
        }
        if let Some(id) = try_domain(&id) {
            return Ok(Message::load(ctx, id).await?.map(Node::Message));
        }
        if let Some(id) = try_domain::<UserId>(&id) {
            let found = users::find_visible(&mut *ctx.conn().await?, actor, id).await;
            return null_if_missing(found.map(|user| Node::User(User(user))));
        }
        if let Some(id) = try_domain(&id) {
            let found = queues::find_visible(&mut *ctx.conn().await?, actor, id).await;
            return null_if_missing(found.map(|queue| Node::Queue(Queue(queue))));
        }
        if let Some(id) = try_domain(&id) {
            return Ok(Suggestion::load(ctx, id).await?.map(Node::Suggestion));
        }
        if let Some(id) = try_domain::<deskwire_domain::ids::CategoryId>(&id) {
            return Ok(ctx.batches()?.load_one(id).await?.map(|c| Node::Category(Category(c))));
        }
        Ok(None)
    }
}

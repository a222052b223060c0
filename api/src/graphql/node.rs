//! `node(id)`: any record by its global id (<https://relay.dev/graphql/objectidentification.htm>).

use async_graphql::{Context, ID, Interface, Object};
use deskwire_domain::actor::Scope;
use deskwire_domain::error::{Error, Result};
use deskwire_domain::ids::{
    CannedReplyId, CategoryId, CategoryProposalId, ModelRunId, ModelVersionId, NotificationId,
    RolloutStepId, UserId,
};
use deskwire_domain::models::runs;
use deskwire_domain::{
    canned_replies, category_proposals, models, notifications, queues, tickets, users,
};

use super::canned_replies::CannedReply;
use super::categories::Category;
use super::category_proposals::CategoryProposal;
use super::context::ContextExt;
use super::error::ApiResult;
use super::ids::try_domain;
use super::messages::object::Message;
use super::model_runs::object::ModelRun;
use super::models::ModelVersion;
use super::models::rollout::ModelRolloutStep;
use super::notifications::Notification;
use super::queues::Queue;
use super::suggestions::object::Suggestion;
use super::tickets::object::Ticket;
use super::tickets::query::null_if_missing;
use super::users::object::User;

/// A record that `node(id)` finds.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Global id."))]
pub enum Node {
    Ticket(Ticket),
    Message(Message),
    User(User),
    Queue(Queue),
    Category(Category),
    Suggestion(Suggestion),
    ModelVersion(ModelVersion),
    ModelRolloutStep(ModelRolloutStep),
    ModelRun(ModelRun),
    CannedReply(CannedReply),
    CategoryProposal(CategoryProposal),
    Notification(Notification),
}

#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// A record by its global id, of a noun that implements `Node`. Null when there is none, when the caller
    /// may not see it, whatever their role, and for everything else that is no such id. Scope
    /// `tickets:read`, for trainings and category proposals `admin`; people and categories need none.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Id of a ticket, message, user, queue, category, suggestion, model version, step of a \
                          model rollout, training, canned reply, category proposal or of a notification of the \
                          caller's own."
        )]
        id: ID,
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
        if let Some(id) = try_domain::<CategoryId>(&id) {
            return Ok(ctx.batches()?.load_one(id).await?.map(|c| Node::Category(Category(c))));
        }
        of_some(ctx, &id).await
    }
}

/// Records of nouns that only some roles know of, or that are one person's own.
async fn of_some(ctx: &Context<'_>, id: &ID) -> ApiResult<Option<Node>> {
    let actor = ctx.actor()?;
    if let Some(id) = try_domain::<ModelVersionId>(id) {
        actor.require_scope(Scope::TicketsRead)?;
        let found = models::find(&mut *ctx.conn().await?, actor, id).await;
        return null_if_hidden(found.map(|version| Node::ModelVersion(ModelVersion(version))));
    }
    if let Some(id) = try_domain::<RolloutStepId>(id) {
        actor.require_scope(Scope::TicketsRead)?;
        let found = models::find_step(&mut *ctx.conn().await?, actor, id).await;
        return null_if_hidden(found.map(|step| Node::ModelRolloutStep(ModelRolloutStep(step))));
    }
    if let Some(id) = try_domain::<ModelRunId>(id) {
        actor.require_scope(Scope::Admin)?;
        let found = runs::find(&mut *ctx.conn().await?, actor, id).await;
        return null_if_hidden(found.map(|run| Node::ModelRun(ModelRun(run))));
    }
    if let Some(id) = try_domain::<CannedReplyId>(id) {
        actor.require_scope(Scope::TicketsRead)?;
        let found = canned_replies::find_visible(&mut *ctx.conn().await?, actor, id).await;
        return null_if_hidden(found.map(|reply| Node::CannedReply(CannedReply(reply))));
    }
    if let Some(id) = try_domain::<CategoryProposalId>(id) {
        actor.require_scope(Scope::Admin)?;
        let found = category_proposals::find(&mut *ctx.conn().await?, actor, id).await;
        return null_if_hidden(found.map(|made| Node::CategoryProposal(CategoryProposal(made))));
    }
    if let Some(id) = try_domain::<NotificationId>(id) {
        let found = notifications::find(&mut *ctx.conn().await?, actor, id).await;
        return null_if_missing(found.map(|told| Node::Notification(Notification(told))));
    }
    Ok(None)
}

/// As [`null_if_missing`], and null also for those whose role keeps them from the whole noun; call once the
/// scope is known to be there, whose lack is an error.
fn null_if_hidden<T>(found: Result<T>) -> ApiResult<Option<T>> {
    match found {
        Err(Error::Forbidden(_)) => Ok(None),
        other => null_if_missing(other),
    }
}

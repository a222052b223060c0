//! The user.

use async_graphql::{Context, Enum, ID, Object, Value};
use chrono::{DateTime, Utc};
use deskwire_domain::actor::Scope;
use deskwire_domain::ids::UserId;
use deskwire_domain::tokens;
use deskwire_domain::users::{self, can_see};

use crate::graphql::connection::list_cost;
use crate::graphql::context::ContextExt;
use crate::graphql::error::ApiResult;
use crate::graphql::ids::public;
use crate::graphql::loaders::MembershipsOf;
use crate::graphql::organisations::Organisation;
use crate::graphql::plain::PlainFields;
use crate::graphql::queues::UserMembership;
use crate::graphql::tokens::ApiToken;

/// What a user is on the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "Role", remote = "deskwire_domain::users::Role")]
pub enum UserRole {
    /// Asks for help; sees only their own tickets and never anything internal.
    Customer,
    /// Works on tickets of the queues they are a member of.
    Agent,
    /// An agent who manages the queues they are a member of.
    Lead,
    /// Sees and manages everything.
    Admin,
}

/// [`users::User`] as clients see it.
pub struct User(pub users::User);

impl User {
    /// The user behind an id that stands on a record the caller may see.
    pub async fn load_optional(ctx: &Context<'_>, id: Option<UserId>) -> ApiResult<Option<Self>> {
        let Some(id) = id else { return Ok(None) };
        let batches = ctx.batches()?;
        match ctx.desk().known_user(id) {
            Some(user) => Ok(Some(Self(user))),
            None => Ok(batches.load_one(id).await?.map(Self)),
        }
    }

    fn is_managed_by(&self, ctx: &Context<'_>) -> bool {
        self.is_open_to(ctx)
            && ctx.actor().is_ok_and(|actor| actor.is_admin() || actor.user_id == Some(self.0.id))
    }

    fn is_open_to(&self, ctx: &Context<'_>) -> bool {
        ctx.actor().is_ok_and(|actor| can_see(actor, self.0.id))
    }
}

impl PlainFields for User {
    fn plain(&self, field: &str) -> Option<Value> {
        match field {
            "id" => Some(Value::String(public(self.0.id).0)),
            "name" => Some(Value::String(self.0.name.clone())),
            _ => None,
        }
    }
}

/// A person. Customers see only the name of others.
#[Object]
impl User {
    /// Global id.
    pub async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// Display name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Address, unique without regard to case. Null unless the caller is staff with the scope
    /// `users:read`, or this user.
    async fn email(&self, ctx: &Context<'_>) -> Option<&str> {
        self.is_open_to(ctx).then_some(&self.0.email)
    }

    /// What the user is on the desk. Null where `email` is.
    async fn role(&self, ctx: &Context<'_>) -> Option<UserRole> {
        self.is_open_to(ctx).then(|| self.0.role.into())
    }

    /// False: cannot sign in and gets no work; history stays. Null where `email` is.
    async fn active(&self, ctx: &Context<'_>) -> Option<bool> {
        self.is_open_to(ctx).then_some(self.0.active)
    }

    /// Whom the user belongs to. Null without one, and where `email` is.
    async fn organisation(&self, ctx: &Context<'_>) -> ApiResult<Option<Organisation>> {
        match self.0.organisation_id {
            Some(id) if self.is_open_to(ctx) => {
                Ok(ctx.batches()?.load_one(id).await?.map(Organisation))
            }
            _ => Ok(None),
        }
    }

    /// The queues the user is a member of, in no particular order. Empty unless the caller is this user or an
    /// admin.
    #[graphql(complexity = "5 + 5 * child_complexity")]
    async fn memberships(&self, ctx: &Context<'_>) -> ApiResult<Vec<UserMembership>> {
        if !self.is_managed_by(ctx) {
            return Ok(Vec::new());
        }
        let found = ctx.batches()?.load_one(MembershipsOf(self.0.id)).await?.unwrap_or_default();
        Ok(found.into_iter().map(UserMembership).collect())
    }

    /// The user's API tokens, newest first; revoked and expired ones included. Empty unless the caller is
    /// this user or an admin, with the scope `admin`.
    #[graphql(complexity = "list_cost(None, child_complexity)")]
    async fn tokens(&self, ctx: &Context<'_>) -> ApiResult<Vec<ApiToken>> {
        let actor = ctx.actor()?;
        if !self.is_managed_by(ctx) || actor.require_scope(Scope::Admin).is_err() {
            return Ok(Vec::new());
        }
        let all = tokens::list(&mut *ctx.conn().await?, actor, self.0.id).await?;
        Ok(all.into_iter().map(ApiToken).collect())
    }

    /// When the user was created, in UTC. Null where `email` is.
    async fn created_at(&self, ctx: &Context<'_>) -> Option<DateTime<Utc>> {
        self.is_open_to(ctx).then(|| self.0.created_at.as_utc())
    }
}

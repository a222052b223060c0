//! Managing people.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use deskwire_domain::error::Result;
use deskwire_domain::users::{self, UserChange, UserDraft};

use super::object::{User, UserRole};
use crate::graphql::context::ContextExt;
use crate::graphql::error::ApiResult;
use crate::graphql::ids::domain;
use crate::graphql::payload::payload;

/// A new user.
#[derive(InputObject)]
struct CreateUserInput {
    /// Unique without regard to case.
    email: String,
    /// Display name, 1 to 200 characters.
    name: String,
    /// What the user is on the desk.
    role: UserRole,
    /// Whom the user belongs to.
    organisation_id: Option<ID>,
    /// At least 10 characters. Without one the user cannot sign in with a password.
    #[graphql(secret)]
    password: Option<String>,
}

/// Fields of a user to change; what is not given stays.
#[derive(InputObject)]
struct UpdateUserInput {
    /// The user.
    id: ID,
    /// Display name, 1 to 200 characters.
    name: Option<String>,
    /// Another role ends the user's sessions.
    role: Option<UserRole>,
    /// False ends the user's sessions and keeps them from signing in.
    active: Option<bool>,
    /// Null takes the user out of their organisation.
    organisation_id: MaybeUndefined<ID>,
    /// At least 10 characters; ends the user's sessions.
    #[graphql(secret)]
    password: Option<String>,
}

payload! {
    /// Outcome of a user mutation.
    UserPayload { user: User(users::User) }
}

#[derive(Default)]
pub struct UserMutation;

#[Object]
impl UserMutation {
    /// Creates a user. Admins any role, other staff customers. Scope `users:write`.
    async fn create_user(
        &self,
        ctx: &Context<'_>,
        input: CreateUserInput,
    ) -> ApiResult<UserPayload> {
        let actor = ctx.actor()?;
        let outcome: Result<_> = async {
            let organisation = input.organisation_id.as_ref();
            let draft = UserDraft {
                email: input.email.clone(),
                name: input.name.clone(),
                role: input.role.into(),
                organisation_id: organisation.map(|id| domain(id, "organisationId")).transpose()?,
                password: input.password.clone().map(Into::into),
            };
            users::create(&mut *ctx.desk().conn().await?, actor, draft).await
        }
        .await;
        UserPayload::of(ctx, outcome).await
    }

    /// Changes a user. Admins anybody, other staff customers. Scope `users:write`.
    async fn update_user(
        &self,
        ctx: &Context<'_>,
        input: UpdateUserInput,
    ) -> ApiResult<UserPayload> {
        let actor = ctx.actor()?;
        let outcome: Result<_> = async {
            let change = UserChange {
                name: input.name.clone(),
                role: input.role.map(Into::into),
                active: input.active,
                organisation_id: match &input.organisation_id {
                    MaybeUndefined::Undefined => None,
                    MaybeUndefined::Null => Some(None),
                    MaybeUndefined::Value(id) => Some(Some(domain(id, "organisationId")?)),
                },
                password: input.password.clone().map(Into::into),
            };
            users::update(&mut *ctx.desk().conn().await?, actor, domain(&input.id, "id")?, change)
                .await
        }
        .await;
        UserPayload::of(ctx, outcome).await
    }
}

//! API tokens in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use deskwire_domain::error::Result;
use deskwire_domain::tokens::{self, TokenDraft};
use secrecy::ExposeSecret;

use super::context::ContextExt;
use super::error::{ApiResult, UserError, mendable};
use super::ids::{domain, public};

/// What an API token may be used for; it never has more rights than its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::actor::Scope")]
pub enum Scope {
    /// `tickets:read`: tickets, messages, suggestions and their live stream.
    TicketsRead,
    /// `tickets:write`: create and change tickets, reply, decide suggestions.
    TicketsWrite,
    /// `users:read`: users and organisations.
    UsersRead,
    /// `users:write`: create and change users and organisations.
    UsersWrite,
    /// `admin`: queues, memberships, categories, tokens, models and jobs.
    Admin,
}

/// [`tokens::ApiToken`] as clients see it.
pub struct ApiToken(pub tokens::ApiToken);

/// An API token; its secret is shown once, when it is created.
#[Object]
impl ApiToken {
    /// Global id.
    async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// What it is for, in its owner's words.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it may be used for.
    async fn scopes(&self) -> Vec<Scope> {
        self.0.scopes.iter().copied().map(Into::into).collect()
    }

    /// When it was created, in UTC.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.as_utc()
    }

    /// When it ends, in UTC. Null: not by itself.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at.map(|at| at.as_utc())
    }

    /// When somebody revoked it, in UTC. Null: nobody did.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at.map(|at| at.as_utc())
    }
}

/// A new API token.
#[derive(InputObject)]
struct CreateTokenInput {
    /// What it is for, 1 to 120 characters.
    name: String,
    /// What it may be used for; at least one.
    scopes: Vec<Scope>,
    /// Whose rights it has; the caller's if not given. Others': admins only.
    user_id: Option<ID>,
    /// When it ends; never by itself if not given.
    expires_at: Option<DateTime<Utc>>,
}

/// The token to end.
#[derive(InputObject)]
struct RevokeTokenInput {
    /// The token.
    id: ID,
}

/// Outcome of a token mutation.
#[derive(SimpleObject)]
struct TokenPayload {
    /// The token. Null with errors.
    token: Option<ApiToken>,
    /// What to send as `Authorization: Bearer …`. Shown only here, only when the token was created.
    secret: Option<String>,
    /// What the caller can mend. Empty when the change was made.
    errors: Vec<UserError>,
}

#[derive(Default)]
pub struct TokenMutation;

#[Object]
impl TokenMutation {
    /// Creates an API token. Users for themselves, admins for anybody; a token cannot give scopes it
    /// lacks.
    async fn create_token(
        &self,
        ctx: &Context<'_>,
        input: CreateTokenInput,
    ) -> ApiResult<TokenPayload> {
        let actor = ctx.actor()?;
        let outcome: Result<_> = async {
            let user_id = match &input.user_id {
                Some(id) => domain(id, "userId")?,
                None => actor.user()?,
            };
            let draft = TokenDraft {
                user_id,
                name: input.name.clone(),
                scopes: input.scopes.iter().copied().map(Into::into).collect(),
                expires_at: input.expires_at.map(Into::into),
            };
            tokens::create(&mut *ctx.desk().conn().await?, actor, draft).await
        }
        .await;
        Ok(match mendable(outcome)? {
            Ok((token, secret)) => TokenPayload {
                token: Some(ApiToken(token)),
                secret: Some(secret.expose_secret().to_owned()),
                errors: Vec::new(),
            },
            Err(errors) => TokenPayload { token: None, secret: None, errors },
        })
    }

    /// Ends a token at once. Its owner and admins.
    async fn revoke_token(
        &self,
        ctx: &Context<'_>,
        input: RevokeTokenInput,
    ) -> ApiResult<TokenPayload> {
        let actor = ctx.actor()?;
        let outcome = match domain(&input.id, "id") {
            Ok(id) => tokens::revoke(&mut *ctx.conn().await?, actor, id).await,
            Err(error) => Err(error),
        };
        Ok(match mendable(outcome)? {
            Ok(token) => {
                // Announces the end, so that the token's sockets close.
                ctx.settle().await;
                TokenPayload { token: Some(ApiToken(token)), secret: None, errors: Vec::new() }
            }
            Err(errors) => TokenPayload { token: None, secret: None, errors },
        })
    }
}

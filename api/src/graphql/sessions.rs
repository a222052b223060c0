//! Signing in and out, and who the caller is.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use deskwire_domain::drafts::{self, DraftPlace};
use deskwire_domain::sessions::{self, SESSION_S};
use deskwire_domain::users;
use secrecy::{ExposeSecret, SecretString};

use super::connection::list_cost;
use super::context::{ContextExt, Settings, Transport};
use super::drafts::Draft;
use super::error::{ApiError, ApiResult};
use super::tokens::ApiToken;
use super::users::object::User;
use super::users::profile::Preferences;
use crate::http::SESSION_COOKIE;

/// Resolves the caller from the context.
pub struct Viewer;

/// The caller.
#[Object]
impl Viewer {
    /// The signed-in user.
    async fn user(&self, ctx: &Context<'_>) -> ApiResult<User> {
        let id = ctx.actor()?.user()?;
        Ok(User(users::find(&mut *ctx.conn().await?, id).await?))
    }

    /// Scopes of the API token. Null for a session, which has all.
    async fn scopes(&self, ctx: &Context<'_>) -> ApiResult<Option<Vec<&'static str>>> {
        let scopes = ctx.actor()?.scopes.as_ref();
        Ok(scopes.map(|all| all.iter().map(|scope| scope.as_str()).collect()))
    }

    /// When the session or token ends, in UTC. Null for a token that does not.
    async fn expires_at(&self, ctx: &Context<'_>) -> ApiResult<Option<DateTime<Utc>>> {
        let known = ctx.caller()?.authenticated.as_ref();
        Ok(known.and_then(|known| known.expires_at).map(|at| at.as_utc()))
    }

    /// The caller's API tokens, newest first; revoked and expired ones included.
    #[graphql(complexity = "list_cost(None, child_complexity)")]
    async fn tokens(&self, ctx: &Context<'_>) -> ApiResult<Vec<ApiToken>> {
        let actor = ctx.actor()?;
        let mut conn = ctx.conn().await?;
        let all = deskwire_domain::tokens::list(&mut conn, actor, actor.user()?).await?;
        Ok(all.into_iter().map(ApiToken).collect())
    }

    /// How the caller wants the desk.
    async fn preferences(&self, ctx: &Context<'_>) -> ApiResult<Preferences> {
        Preferences::load(ctx).await
    }

    /// Everything the caller is writing and has not sent, latest changed first, at most 100; without
    /// drafts on tickets that are out of sight. Scope `tickets:read`.
    #[graphql(complexity = "list_cost(None, child_complexity)")]
    async fn drafts(&self, ctx: &Context<'_>) -> ApiResult<Vec<Draft>> {
        let all = drafts::list(&mut *ctx.conn().await?, ctx.actor()?).await?;
        Ok(all.into_iter().map(Draft).collect())
    }

    /// The ticket the caller is writing and has not created. Null without one. Scope `tickets:read`.
    async fn new_ticket_draft(&self, ctx: &Context<'_>) -> ApiResult<Option<Draft>> {
        let mut conn = ctx.conn().await?;
        let found = drafts::find(&mut conn, ctx.actor()?, DraftPlace::NewTicket).await?;
        Ok(found.map(Draft))
    }
}

#[derive(Default)]
pub struct SessionQuery;

#[Object]
impl SessionQuery {
    /// The caller. Null when nobody is signed in.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        ctx.actor().ok().map(|_| Viewer)
    }
}

/// An address and its password.
#[derive(InputObject)]
struct SignInInput {
    /// Address of an active user.
    email: String,
    /// The password.
    #[graphql(secret)]
    password: String,
}

/// A session that has begun; its secret is in the HttpOnly cookie of the answer.
#[derive(SimpleObject)]
struct SignInPayload {
    /// Who signed in.
    user: User,
    /// When the session ends, in UTC.
    expires_at: DateTime<Utc>,
}

/// A session that has ended.
#[derive(SimpleObject)]
struct SignOutPayload {
    /// True: there was a session, and it has ended.
    signed_out: bool,
}

#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Starts a session and sets its cookie. Unknown address, wrong password and inactive user
    /// answer alike, with UNAUTHENTICATED; many attempts for one address, or from one place, with
    /// RATE_LIMITED.
    async fn sign_in(&self, ctx: &Context<'_>, input: SignInInput) -> ApiResult<SignInPayload> {
        let from = ctx.caller()?.address.clone();
        ctx.desk().sign_in_attempts.count(&input.email, &from).await?;
        let mut conn = ctx.conn().await?;
        let session = sessions::sign_in(&mut conn, &input.email, input.password.into())
            .await
            .map_err(ApiError::from_sign_in)?;
        set_cookie(ctx, &session.secret, SESSION_S);
        Ok(SignInPayload { user: User(session.user), expires_at: session.expires_at.as_utc() })
    }

    /// Ends the caller's session and removes its cookie. Without a session nothing happens.
    async fn sign_out(&self, ctx: &Context<'_>) -> ApiResult<SignOutPayload> {
        let caller = ctx.caller()?;
        let is_session = caller.authenticated.is_some() && caller.transport == Transport::Cookie;
        if let Some(secret) = caller.secret.as_ref().filter(|_| is_session) {
            sessions::sign_out(&mut *ctx.conn().await?, secret).await?;
            // Announces the end, so that the session's sockets close.
            ctx.settle().await;
        }
        set_cookie(ctx, &SecretString::from(String::new()), 0);
        Ok(SignOutPayload { signed_out: is_session })
    }
}

fn set_cookie(ctx: &Context<'_>, secret: &SecretString, max_age_s: i64) {
    let secure = if ctx.data_unchecked::<Settings>().secure_cookies { "; Secure" } else { "" };
    let value = secret.expose_secret();
    ctx.append_http_header(
        "set-cookie",
        format!(
            "{SESSION_COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}"
        ),
    );
}

//! API tokens: a user's rights, cut down to scopes, for programs.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use secrecy::{ExposeSecret, SecretString};

use crate::actor::Scope;
use crate::db::schema::api_tokens;
use crate::error::{Error, FieldErrors, Result};
use crate::events::{EventKind, EventPayload, NewEvent};
use crate::ids::{TokenId, UserId};
use crate::sessions::{Authenticated, actor_of_user};
use crate::{Actor, Conn, Timestamp, events, secret_token, users};

/// What token secrets begin with.
pub const TOKEN_PREFIX: &str = "dwt_";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    pub id: TokenId,
    pub user_id: UserId,
    pub name: String,
    pub scopes: Vec<Scope>,
    pub created_at: Timestamp,
    /// `None`: does not end by itself.
    pub expires_at: Option<Timestamp>,
    /// When somebody revoked it.
    pub revoked_at: Option<Timestamp>,
}

#[derive(HasQuery, Insertable)]
#[diesel(table_name = api_tokens)]
struct Row {
    id: TokenId,
    user_id: UserId,
    name: String,
    scopes: String,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

impl Row {
    fn into_token(self) -> ApiToken {
        ApiToken {
            id: self.id,
            user_id: self.user_id,
            name: self.name,
            // A scope this version does not know grants nothing.
            scopes: self.scopes.split(' ').filter_map(|scope| scope.parse().ok()).collect(),
            created_at: self.created_at,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
        }
    }
}

/// A token to be created.
#[derive(Debug, Clone)]
pub struct TokenDraft {
    /// Whose rights it has.
    pub user_id: UserId,
    pub name: String,
    pub scopes: Vec<Scope>,
    pub expires_at: Option<Timestamp>,
}

/// Creates a token and returns its secret, which cannot be read again.
///
/// Users create tokens for themselves, admins for anybody; a token needs the scope `admin` and cannot
/// create one with scopes it does not have.
///
/// # Errors
/// [`Error::Invalid`] for name, scopes, user or a time in the past; [`Error::Forbidden`].
pub async fn create(
    conn: &mut Conn,
    actor: &Actor,
    draft: TokenDraft,
) -> Result<(ApiToken, SecretString)> {
    require_manage(actor, draft.user_id)?;
    for scope in &draft.scopes {
        actor.require_scope(*scope)?;
    }
    let now = Timestamp::now();
    let mut errors = FieldErrors::default();
    let name = errors.line("name", &draft.name, 120);
    if draft.scopes.is_empty() {
        errors.add("scopes", "name at least one scope");
    }
    if draft.expires_at.is_some_and(|at| at <= now) {
        errors.add("expiresAt", "must be in the future");
    }
    match users::find(conn, draft.user_id).await {
        Ok(_) => {}
        Err(Error::NotFound { .. }) => errors.add("userId", "no such user"),
        Err(other) => return Err(other),
    }
    errors.into_result()?;
    let secret = secret_token::generate(TOKEN_PREFIX);
    let row = Row {
        id: TokenId::new(),
        user_id: draft.user_id,
        name,
        scopes: draft.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "),
        created_at: now,
        expires_at: draft.expires_at,
        revoked_at: None,
    };
    let hash = secret_token::hash(secret.expose_secret());
    diesel::insert_into(api_tokens::table)
        .values((&row, api_tokens::token_hash.eq(hash)))
        .execute(conn)
        .await?;
    Ok((row.into_token(), secret))
}

/// Ends a token at once and says so in the log, where its open sockets read it. Its owner and admins.
///
/// # Errors
/// [`Error::NotFound`] for unknown tokens and other people's alike.
pub async fn revoke(conn: &mut Conn, actor: &Actor, id: TokenId) -> Result<ApiToken> {
    let found = Row::query().filter(api_tokens::id.eq(id)).first(conn).await.optional()?;
    let mut token = found
        .map(Row::into_token)
        .filter(|token| require_manage(actor, token.user_id).is_ok())
        .ok_or_else(|| Error::not_found("token", "id"))?;
    if token.revoked_at.is_some() {
        return Ok(token);
    }
    let now = Timestamp::now();
    token.revoked_at = Some(now);
    let payload = EventPayload { note: Some("token revoked".into()), ..Default::default() };
    let event = NewEvent::new(EventKind::UserChanged, actor, token.user_id, now, payload);
    conn.transaction(async |conn| {
        diesel::update(api_tokens::table.filter(api_tokens::id.eq(id)))
            .set(api_tokens::revoked_at.eq(now))
            .execute(conn)
            .await?;
        events::append(conn, &[event]).await?;
        Ok(token)
    })
    .await
}

/// A user's tokens, newest first. The user and admins.
///
/// # Errors
/// [`Error::Forbidden`] for other people's.
pub async fn list(conn: &mut Conn, actor: &Actor, user: UserId) -> Result<Vec<ApiToken>> {
    require_manage(actor, user)?;
    let rows: Vec<Row> = Row::query()
        .filter(api_tokens::user_id.eq(user))
        .order((api_tokens::created_at.desc(), api_tokens::id.desc()))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Row::into_token).collect())
}

pub(crate) async fn authenticate(conn: &mut Conn, secret: &SecretString) -> Result<Authenticated> {
    let row = Row::query()
        .filter(api_tokens::token_hash.eq(secret_token::hash(secret.expose_secret())))
        .filter(api_tokens::revoked_at.is_null())
        .first(conn)
        .await
        .optional()?;
    let token = row.ok_or(Error::Unauthenticated)?.into_token();
    if token.expires_at.is_some_and(|at| at <= Timestamp::now()) {
        return Err(Error::Unauthenticated);
    }
    let actor = actor_of_user(conn, token.user_id, Some(token.scopes)).await?;
    Ok(Authenticated { actor, expires_at: token.expires_at })
}

/// A token needs the scope `admin` even for its own user's: a leaked one must not make its successor.
fn require_manage(actor: &Actor, owner: UserId) -> Result<()> {
    actor.require_scope(Scope::Admin)?;
    if actor.user_id == Some(owner) {
        return Ok(());
    }
    actor.require_admin(Scope::Admin)
}

//! Signing in, and finding out who is asking.

mod attempts;
mod change_password;
mod known;

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use secrecy::{ExposeSecret, SecretString};

use crate::actor::Scope;
use crate::db::schema::{sessions, users};
use crate::error::{Error, Result};
use crate::events::{EventKind, EventPayload, NewEvent};
use crate::ids::{SessionId, UserId};
use crate::users::{Role, User, verify_password};
use crate::{Actor, Conn, Timestamp, events, queues, secret_token, tokens};

pub use attempts::AttemptLimit;
pub use change_password::{PasswordChange, change_password};
pub use known::KnownCallers;

/// How long a session lasts after signing in.
pub const SESSION_S: i64 = 14 * 24 * 3600;
/// What session secrets begin with.
pub const SESSION_PREFIX: &str = "dws_";

/// A fresh session. The secret is known only to the client; the database has its hash.
#[derive(Debug)]
pub struct NewSession {
    pub secret: SecretString,
    pub user: User,
    pub expires_at: Timestamp,
}

/// Who a request comes from, and until when that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Authenticated {
    pub actor: Actor,
    /// When session or token ends; `None` for tokens that do not.
    pub expires_at: Option<Timestamp>,
}

/// Checks address and password and starts a session.
///
/// # Errors
/// [`Error::Unauthenticated`] for an unknown address, a wrong password, a user without one, and
/// an inactive user alike, in equal time.
pub async fn sign_in(conn: &mut Conn, email: &str, password: SecretString) -> Result<NewSession> {
    let found: Option<(UserId, bool, Option<String>)> = users::table
        .filter(users::email.eq(email.trim()))
        .select((users::id, users::active, users::password_hash))
        .first(conn)
        .await
        .optional()?;
    let stored = found.as_ref().and_then(|(_, _, hash)| hash.clone());
    let is_right = verify_password(stored, password).await?;
    match found {
        Some((id, true, _)) if is_right => start(conn, id).await,
        _ => Err(Error::Unauthenticated),
    }
}

async fn start(conn: &mut Conn, user: UserId) -> Result<NewSession> {
    let secret = secret_token::generate(SESSION_PREFIX);
    let now = Timestamp::now();
    let expires_at = now.plus_seconds(SESSION_S);
    diesel::insert_into(sessions::table)
        .values((
            sessions::token_hash.eq(secret_token::hash(secret.expose_secret())),
            sessions::id.eq(SessionId::new()),
            sessions::user_id.eq(user),
            sessions::created_at.eq(now),
            sessions::expires_at.eq(expires_at),
        ))
        .execute(conn)
        .await?;
    Ok(NewSession { secret, user: crate::users::find(conn, user).await?, expires_at })
}

/// Ends the session with this secret and says so in the log, where its open sockets read it; ending
/// an unknown one does nothing.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn sign_out(conn: &mut Conn, secret: &SecretString) -> Result<()> {
    let hash = secret_token::hash(secret.expose_secret());
    conn.transaction(async |conn| {
        let session = sessions::table.find(&hash);
        let user: Option<UserId> =
            session.select(sessions::user_id).for_update().first(conn).await.optional()?;
        let Some(user) = user else { return Ok(()) };
        diesel::delete(session).execute(conn).await?;
        let payload = EventPayload { note: Some("signed out".into()), ..Default::default() };
        let actor = Actor { user_id: Some(user), ..Actor::system() };
        let now = Timestamp::now();
        events::append(conn, &[NewEvent::new(EventKind::UserChanged, &actor, user, now, payload)])
            .await
    })
    .await
}

/// Whom a session secret or an API token stands for.
///
/// # Errors
/// [`Error::Unauthenticated`] for unknown, ended and revoked secrets and inactive users alike.
pub async fn authenticate(conn: &mut Conn, secret: &SecretString) -> Result<Authenticated> {
    if secret.expose_secret().starts_with(tokens::TOKEN_PREFIX) {
        return tokens::authenticate(conn, secret).await;
    }
    let (user, expires_at): (UserId, Timestamp) = sessions::table
        .find(secret_token::hash(secret.expose_secret()))
        .filter(sessions::expires_at.gt(Timestamp::now()))
        .select((sessions::user_id, sessions::expires_at))
        .first(conn)
        .await
        .optional()?
        .ok_or(Error::Unauthenticated)?;
    let actor = actor_of_user(conn, user, None).await?;
    Ok(Authenticated { actor, expires_at: Some(expires_at) })
}

/// The present rights of a user.
///
/// # Errors
/// [`Error::Unauthenticated`] when there is no such active user.
pub async fn actor_of_user(
    conn: &mut Conn,
    user: UserId,
    scopes: Option<Vec<Scope>>,
) -> Result<Actor> {
    let role: Role = users::table
        .find(user)
        .filter(users::active.eq(true))
        .select(users::role)
        .first(conn)
        .await
        .optional()?
        .ok_or(Error::Unauthenticated)?;
    let queue_rights = queues::rights_of(conn, user).await?;
    Ok(Actor { user_id: Some(user), role, queue_rights, scopes, origin: None })
}

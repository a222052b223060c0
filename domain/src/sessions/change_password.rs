//! A new password, chosen by its owner.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use secrecy::{ExposeSecret, SecretString};

use super::AttemptLimit;
use crate::db::schema::{sessions, users};
use crate::error::{Error, FieldErrors, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent};
use crate::ids::UserId;
use crate::users::{check_password, hash_password, verify_password};
use crate::{Actor, Conn, Timestamp, secret_token};

/// A change of one's own password.
pub struct PasswordChange<'a> {
    /// The session that asks.
    pub session: &'a SecretString,
    pub current: SecretString,
    pub new: SecretString,
    /// Where attempts are counted.
    pub attempts: &'a AttemptLimit,
    /// Where the request comes from; empty when unknown.
    pub place: &'a str,
}

/// Sets the actor's own password and ends all their sessions but the one that asks. API tokens stay.
///
/// # Errors
/// [`Error::Invalid`] for `new`, and for `current` when it is not the present password or there is none,
/// in equal time; [`Error::RateLimited`] as for signing in; [`Error::Forbidden`] unless the session is the
/// actor's.
pub async fn change_password(
    conn: &mut Conn,
    actor: &Actor,
    change: PasswordChange<'_>,
) -> Result<()> {
    let PasswordChange { session, current, new, attempts, place } = change;
    let me = actor.user()?;
    let kept = secret_token::hash(session.expose_secret());
    let holder: Option<UserId> =
        sessions::table.find(&kept).select(sessions::user_id).first(conn).await.optional()?;
    if holder != Some(me) {
        return Err(Error::Forbidden("only whoever signed in can change the password".into()));
    }
    let mut errors = FieldErrors::default();
    check_password(&mut errors, "new", &new);
    let (email, stored): (String, Option<String>) =
        users::table.find(me).select((users::email, users::password_hash)).first(conn).await?;
    attempts.count(&email, place).await?;
    if !verify_password(stored.clone(), current).await? {
        errors.add("current", "is not the present password");
    }
    errors.into_result()?;
    let (hash, now) = (hash_password(new).await?, Timestamp::now());
    conn.transaction(async |conn| {
        let present: Option<String> =
            users::table.find(me).select(users::password_hash).for_update().first(conn).await?;
        // Somebody was quicker, perhaps an admin who locks a stranger out: what was checked is past.
        if present != stored {
            return Err(Error::invalid("current", "is not the present password"));
        }
        diesel::update(users::table.find(me))
            .set((users::password_hash.eq(hash), users::updated_at.eq(now)))
            .execute(conn)
            .await?;
        let others =
            sessions::table.filter(sessions::user_id.eq(me)).filter(sessions::token_hash.ne(&kept));
        diesel::delete(others).execute(conn).await?;
        let payload = EventPayload { note: Some("new password".into()), ..Default::default() };
        let event = NewEvent::new(EventKind::UserChanged, actor, me, now, payload);
        events::append(conn, &[event]).await
    })
    .await
}

//! Changing users: name, role, activity, organisation, password.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use secrecy::SecretString;

use super::{Role, User, password, policy, queries};
use crate::actor::Scope;
use crate::db::schema::{sessions, users};
use crate::error::{Error, FieldErrors, Result};
use crate::events::{self, Change, EventKind, EventPayload, NewEvent};
use crate::ids::{OrganisationId, UserId};
use crate::{Actor, Conn, Timestamp, organisations};

/// Fields to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    pub name: Option<String>,
    pub role: Option<Role>,
    pub active: Option<bool>,
    /// `Some(None)` takes the user out of their organisation.
    pub organisation_id: Option<Option<OrganisationId>>,
    pub password: Option<SecretString>,
}

#[derive(AsChangeset)]
#[diesel(table_name = users)]
struct Changeset {
    name: Option<String>,
    role: Option<Role>,
    active: Option<bool>,
    organisation_id: Option<Option<OrganisationId>>,
    password_hash: Option<String>,
    updated_at: Timestamp,
}

/// Changes a user. A new password, another role or deactivation ends the user's sessions.
///
/// # Errors
/// [`Error::Invalid`], also when the last active admin would be lost; [`Error::NotFound`];
/// [`Error::Forbidden`].
pub async fn update(
    conn: &mut Conn,
    actor: &Actor,
    id: UserId,
    change: UserChange,
) -> Result<User> {
    actor.require_staff(Scope::UsersWrite)?;
    let present = queries::find(conn, id).await?;
    policy::require_manage(actor, &[present.role, change.role.unwrap_or(present.role)])?;
    let changeset = check(change).await?;
    let now = changeset.updated_at;
    let ends_sessions = changeset.password_hash.is_some()
        || changeset.role.is_some()
        || changeset.active == Some(false);
    let may_lose_admin =
        changeset.active == Some(false) || changeset.role.is_some_and(|role| role != Role::Admin);
    conn.transaction(async |conn| {
        if may_lose_admin {
            keep_an_admin(conn, id).await?;
        }
        if let Some(Some(organisation)) = changeset.organisation_id {
            organisations::require(conn, organisation).await?;
        }
        let from: Role = users::table.find(id).select(users::role).for_update().first(conn).await?;
        diesel::update(users::table.find(id)).set(&changeset).execute(conn).await?;
        if ends_sessions {
            diesel::delete(sessions::table.filter(sessions::user_id.eq(id))).execute(conn).await?;
        }
        let payload = EventPayload {
            role: changeset.role.filter(|to| *to != from).map(|to| Change { from, to }),
            ..EventPayload::default()
        };
        let event = NewEvent::new(EventKind::UserChanged, actor, id, now, payload);
        events::append(conn, &[event]).await?;
        queries::find(conn, id).await
    })
    .await
}

async fn check(change: UserChange) -> Result<Changeset> {
    let mut errors = FieldErrors::default();
    let name = change.name.map(|name| errors.line("name", &name, 200));
    if let Some(password) = &change.password {
        password::check(&mut errors, "password", password);
    }
    errors.into_result()?;
    let password_hash = match change.password {
        Some(password) => Some(password::hash_password(password).await?),
        None => None,
    };
    Ok(Changeset {
        name,
        role: change.role,
        active: change.active,
        organisation_id: change.organisation_id,
        password_hash,
        updated_at: Timestamp::now(),
    })
}

/// A desk without an admin could never be managed again.
///
/// Locks the admins, so that two of them cannot be taken away at once.
async fn keep_an_admin(conn: &mut Conn, leaving: UserId) -> Result<()> {
    let admins: Vec<UserId> = users::table
        .filter(users::role.eq(Role::Admin))
        .filter(users::active.eq(true))
        .select(users::id)
        .order(users::id.asc())
        .for_update()
        .load(conn)
        .await?;
    if admins == [leaving] {
        return Err(Error::invalid("id", "the desk must keep at least one active admin"));
    }
    Ok(())
}

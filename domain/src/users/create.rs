//! Creating users, by staff and for people who write in.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use secrecy::SecretString;

use super::{Role, User, check_email, password, policy, queries};
use crate::db::schema::users;
use crate::db::violated_key;
use crate::error::{ConflictCode, Error, FieldErrors, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent};
use crate::ids::{OrganisationId, UserId};
use crate::{Actor, Conn, Timestamp, organisations};

/// A user to be created.
#[derive(Debug, Clone)]
pub struct UserDraft {
    pub email: String,
    pub name: String,
    pub role: Role,
    pub organisation_id: Option<OrganisationId>,
    /// `None`: cannot sign in with a password until one is set.
    pub password: Option<SecretString>,
}

impl UserDraft {
    fn check(mut self) -> Result<Self> {
        let mut errors = FieldErrors::default();
        self.email = check_email(&mut errors, "email", &self.email);
        self.name = errors.line("name", &self.name, 200);
        if let Some(password) = &self.password {
            password::check(&mut errors, "password", password);
        }
        errors.into_result()?;
        Ok(self)
    }
}

#[derive(Insertable)]
#[diesel(table_name = users)]
struct NewRow {
    id: UserId,
    email: String,
    name: String,
    role: Role,
    active: bool,
    organisation_id: Option<OrganisationId>,
    password_hash: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// Creates a user. Admins create any role, other staff only customers.
///
/// # Errors
/// [`Error::Invalid`] listing every bad field; [`ConflictCode::AlreadyExists`] for a known
/// address; [`Error::Forbidden`].
pub async fn create(conn: &mut Conn, actor: &Actor, draft: UserDraft) -> Result<User> {
    policy::require_manage(actor, &[draft.role])?;
    let draft = draft.check()?;
    let password_hash = match draft.password {
        Some(password) => Some(password::hash_password(password).await?),
        None => None,
    };
    let now = Timestamp::now();
    let row = NewRow {
        id: UserId::new(),
        email: draft.email,
        name: draft.name,
        role: draft.role,
        active: true,
        organisation_id: draft.organisation_id,
        password_hash,
        created_at: now,
        updated_at: now,
    };
    conn.transaction(async |conn| {
        if let Some(id) = row.organisation_id {
            organisations::require(conn, id).await?;
        }
        insert(conn, actor, row).await
    })
    .await
}

/// The customer with this address, created if there is none yet.
///
/// An address that belongs to staff returns that user: staff may ask for help too.
///
/// # Errors
/// [`Error::Invalid`] for `requesterEmail`; [`Error::Forbidden`] for customers.
pub async fn find_or_create_customer(
    conn: &mut Conn,
    actor: &Actor,
    email: &str,
    name: Option<&str>,
) -> Result<User> {
    actor.require_staff(crate::actor::Scope::TicketsWrite)?;
    let mut errors = FieldErrors::default();
    let email = check_email(&mut errors, "requesterEmail", email);
    let name = errors.line("requesterName", name.unwrap_or(&email), 200);
    errors.into_result()?;
    if let Some(user) = queries::find_by_email(conn, &email).await? {
        return Ok(user);
    }
    let now = Timestamp::now();
    let row = NewRow {
        id: UserId::new(),
        email: email.clone(),
        name,
        role: Role::Customer,
        active: true,
        organisation_id: None,
        password_hash: None,
        created_at: now,
        updated_at: now,
    };
    match insert(conn, actor, row).await {
        // Somebody else created the same customer just now.
        Err(Error::Conflict(_)) => {
            let user = queries::find_by_email(conn, &email).await?;
            user.ok_or_else(|| Error::internal("a user vanished while being created"))
        }
        other => other,
    }
}

async fn insert(conn: &mut Conn, actor: &Actor, row: NewRow) -> Result<User> {
    let inserted = diesel::insert_into(users::table).values(&row).execute(conn).await;
    if let Err(error) = inserted {
        return Err(match violated_key(&error) {
            Some("users_email") => Error::conflict(
                ConflictCode::AlreadyExists,
                "email",
                format!("{} already belongs to a user", row.email),
            ),
            _ => error.into(),
        });
    }
    let payload =
        EventPayload { note: Some(format!("created as {}", row.role)), ..Default::default() };
    let event = NewEvent::new(EventKind::UserChanged, actor, row.id, row.created_at, payload);
    events::append(conn, &[event]).await?;
    Ok(User {
        id: row.id,
        email: row.email,
        name: row.name,
        role: row.role,
        active: row.active,
        organisation_id: row.organisation_id,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

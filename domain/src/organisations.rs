//! Organisations: whom customers belong to.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use crate::actor::Scope;
use crate::db::schema::organisations;
use crate::db::{one_of, pattern, violated_key};
use crate::error::{ConflictCode, Error, FieldErrors, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent};
use crate::ids::OrganisationId;
use crate::page::{Page, PageRequest, encode};
use crate::{Actor, Conn, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = organisations)]
pub struct Organisation {
    pub id: OrganisationId,
    /// Unique without regard to case.
    pub name: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Organisation {
    /// Cursor of this row in [`list`].
    pub fn cursor(&self) -> String {
        encode(&self.name)
    }
}

/// Creates an organisation. Leads and admins.
///
/// # Errors
/// [`Error::Invalid`] for the name; [`ConflictCode::AlreadyExists`]; [`Error::Forbidden`].
pub async fn create(conn: &mut Conn, actor: &Actor, name: &str) -> Result<Organisation> {
    require_manage(actor)?;
    let now = Timestamp::now();
    let name = check_name(name)?;
    let row = Organisation { id: OrganisationId::new(), name, created_at: now, updated_at: now };
    conn.transaction(async |conn| {
        let inserted = diesel::insert_into(organisations::table).values(&row).execute(conn).await;
        inserted.map_err(|error| explain(error, &row.name))?;
        append_event(conn, actor, row.id, now, "created").await?;
        Ok(row)
    })
    .await
}

/// Renames an organisation. Leads and admins.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`].
pub async fn rename(
    conn: &mut Conn,
    actor: &Actor,
    id: OrganisationId,
    name: &str,
) -> Result<Organisation> {
    require_manage(actor)?;
    let name = check_name(name)?;
    let now = Timestamp::now();
    conn.transaction(async |conn| {
        let updated = diesel::update(organisations::table.find(id))
            .set((organisations::name.eq(&name), organisations::updated_at.eq(now)))
            .execute(conn)
            .await;
        if updated.map_err(|error| explain(error, &name))? == 0 {
            return Err(Error::not_found("organisation", "id"));
        }
        append_event(conn, actor, id, now, "renamed").await?;
        Ok(Organisation::query().filter(organisations::id.eq(id)).first(conn).await?)
    })
    .await
}

/// Organisations by name; with `text`, those in whose names each of its words begins a word. Staff only.
///
/// # Errors
/// [`Error::Forbidden`] for customers; [`Error::Invalid`] for a bad page.
pub async fn list(
    conn: &mut Conn,
    actor: &Actor,
    text: Option<&str>,
    page: &PageRequest,
) -> Result<Page<Organisation>> {
    actor.require_staff(Scope::UsersRead)?;
    let mut query =
        Organisation::query().order(organisations::name.asc()).limit(page.limit()?).into_boxed();
    for (start, inside) in pattern::words(text.unwrap_or_default()) {
        query = query.filter(organisations::name.like(start).or(organisations::name.like(inside)));
    }
    if let Some(name) = page.key::<String>()? {
        query = query.filter(organisations::name.gt(name));
    }
    Ok(page.page(query.load(conn).await?))
}

/// One organisation. Staff only.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`] for customers.
pub async fn find(conn: &mut Conn, actor: &Actor, id: OrganisationId) -> Result<Organisation> {
    actor.require_staff(Scope::UsersRead)?;
    let found = Organisation::query().filter(organisations::id.eq(id)).first(conn).await;
    found.optional()?.ok_or_else(|| Error::not_found("organisation", "id"))
}

/// Several organisations at once, in no order.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn find_many(conn: &mut Conn, ids: &[OrganisationId]) -> Result<Vec<Organisation>> {
    Ok(Organisation::query().filter(one_of(organisations::id, ids)).load(conn).await?)
}

/// # Errors
/// [`Error::Invalid`] for `organisationId` when there is no such organisation.
pub(crate) async fn require(conn: &mut Conn, id: OrganisationId) -> Result<()> {
    let known: i64 = organisations::table.find(id).count().get_result(conn).await?;
    if known == 0 {
        return Err(Error::invalid("organisationId", "no such organisation"));
    }
    Ok(())
}

fn require_manage(actor: &Actor) -> Result<()> {
    actor.require_staff(Scope::UsersWrite)?;
    if actor.role == crate::users::Role::Agent {
        return Err(Error::Forbidden("only leads and admins can manage organisations".into()));
    }
    Ok(())
}

fn check_name(name: &str) -> Result<String> {
    let mut errors = FieldErrors::default();
    let name = errors.line("name", name, 200);
    errors.into_result()?;
    Ok(name)
}

fn explain(error: diesel::result::Error, name: &str) -> Error {
    match violated_key(&error) {
        Some("organisations_name") => Error::conflict(
            ConflictCode::AlreadyExists,
            "name",
            format!("there is already an organisation named {name:?}"),
        ),
        _ => error.into(),
    }
}

async fn append_event(
    conn: &mut Conn,
    actor: &Actor,
    id: OrganisationId,
    at: Timestamp,
    what: &str,
) -> Result<()> {
    let payload = EventPayload { note: Some(what.into()), ..Default::default() };
    events::append(conn, &[NewEvent::new(EventKind::OrganisationChanged, actor, id, at, payload)])
        .await
}

//! Categories: the closed set of labels a ticket may have, managed by admins.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use crate::actor::Scope;
use crate::db::schema::categories;
use crate::db::{one_of, violated_key};
use crate::error::{ConflictCode, Error, FieldErrors, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent};
use crate::ids::CategoryId;
use crate::{Actor, Conn, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = categories)]
pub struct Category {
    pub id: CategoryId,
    /// Unique without regard to case.
    pub name: String,
    pub description: String,
    /// An inactive category stays on old tickets and can no longer be chosen.
    pub active: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Fields to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct CategoryChange {
    pub name: Option<String>,
    pub description: Option<String>,
    pub active: Option<bool>,
}

#[derive(AsChangeset)]
#[diesel(table_name = categories)]
struct Changeset {
    name: Option<String>,
    description: Option<String>,
    active: Option<bool>,
    updated_at: Timestamp,
}

/// Creates a category. Admins only.
///
/// # Errors
/// [`Error::Invalid`]; [`ConflictCode::AlreadyExists`]; [`Error::Forbidden`].
pub async fn create(
    conn: &mut Conn,
    actor: &Actor,
    name: &str,
    description: &str,
) -> Result<Category> {
    actor.require_admin(Scope::Admin)?;
    let (name, description) = check(Some(name), Some(description))?;
    let now = Timestamp::now();
    let row = Category {
        id: CategoryId::new(),
        name: name.unwrap_or_default(),
        description: description.unwrap_or_default(),
        active: true,
        created_at: now,
        updated_at: now,
    };
    conn.transaction(async |conn| {
        let inserted = diesel::insert_into(categories::table).values(&row).execute(conn).await;
        inserted.map_err(|error| explain(error, &row.name))?;
        append_event(conn, actor, row.id, now, "created").await?;
        Ok(row)
    })
    .await
}

/// Renames, describes, retires or revives a category. Admins only.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`].
pub async fn update(
    conn: &mut Conn,
    actor: &Actor,
    id: CategoryId,
    change: CategoryChange,
) -> Result<Category> {
    actor.require_admin(Scope::Admin)?;
    let (name, description) = check(change.name.as_deref(), change.description.as_deref())?;
    let now = Timestamp::now();
    let changeset = Changeset { name, description, active: change.active, updated_at: now };
    conn.transaction(async |conn| {
        let updated =
            diesel::update(categories::table.find(id)).set(&changeset).execute(conn).await;
        let name = changeset.name.as_deref().unwrap_or_default();
        if updated.map_err(|error| explain(error, name))? == 0 {
            return Err(Error::not_found("category", "id"));
        }
        append_event(conn, actor, id, now, "changed").await?;
        Ok(Category::query().filter(categories::id.eq(id)).first(conn).await?)
    })
    .await
}

/// All categories by name; a desk has tens to hundreds, so there are no pages.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn list(conn: &mut Conn, include_inactive: bool) -> Result<Vec<Category>> {
    let mut query = Category::query().order(categories::name.asc()).into_boxed();
    if !include_inactive {
        query = query.filter(categories::active.eq(true));
    }
    Ok(query.load(conn).await?)
}

/// Several categories at once, in no order.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn find_many(conn: &mut Conn, ids: &[CategoryId]) -> Result<Vec<Category>> {
    Ok(Category::query().filter(one_of(categories::id, ids)).load(conn).await?)
}

/// A category by name, without regard to case; inactive ones too.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn find_by_name(conn: &mut Conn, name: &str) -> Result<Option<Category>> {
    Ok(Category::query().filter(categories::name.eq(name)).first(conn).await.optional()?)
}

/// # Errors
/// [`Error::Invalid`] for `categoryId` unless it names an active category.
pub(crate) async fn require_active(conn: &mut Conn, id: CategoryId) -> Result<()> {
    let found = Category::query().filter(categories::id.eq(id)).first(conn).await.optional()?;
    match found {
        None => Err(Error::invalid("categoryId", "no such category")),
        Some(c) if !c.active => {
            Err(Error::invalid("categoryId", format!("the category {:?} is retired", c.name)))
        }
        Some(_) => Ok(()),
    }
}

fn check(
    name: Option<&str>,
    description: Option<&str>,
) -> Result<(Option<String>, Option<String>)> {
    let mut errors = FieldErrors::default();
    let checked = errors.name_and_description(name, description);
    errors.into_result()?;
    Ok(checked)
}

fn explain(error: diesel::result::Error, name: &str) -> Error {
    match violated_key(&error) {
        Some("categories_name") => Error::conflict(
            ConflictCode::AlreadyExists,
            "name",
            format!("there is already a category named {name:?}"),
        ),
        _ => error.into(),
    }
}

async fn append_event(
    conn: &mut Conn,
    actor: &Actor,
    id: CategoryId,
    at: Timestamp,
    what: &str,
) -> Result<()> {
    let payload = EventPayload { note: Some(what.into()), ..Default::default() };
    events::append(conn, &[NewEvent::new(EventKind::CategoryChanged, actor, id, at, payload)]).await
}

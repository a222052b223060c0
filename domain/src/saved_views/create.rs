//! Keeping a list.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::policy::require_share;
use super::rules::{check, check_name};
use super::unknown::require_known;
use super::{Audience, Definition, Row, SavedView};
use crate::actor::Scope;
use crate::db::schema::{saved_views, users};
use crate::error::{Error, FieldErrors, Result};
use crate::ids::{SavedViewId, UserId};
use crate::{Actor, Conn, Timestamp};

/// Most views one person may have.
pub const VIEWS_MAX: i64 = 100;

/// A view to be kept.
#[derive(Debug, Clone)]
pub struct SavedViewDraft {
    pub name: String,
    pub definition: Definition,
    pub audience: Audience,
    /// `None`: behind the owner's others.
    pub position: Option<i32>,
}

/// Keeps a view. Staff; leads and admins share with everyone, whoever manages a queue with its members.
///
/// # Errors
/// [`Error::Invalid`] listing every bad field, unknown ids among them, or for `name` when the actor has
/// [`VIEWS_MAX`] already; [`Error::Forbidden`].
pub async fn create(conn: &mut Conn, actor: &Actor, draft: SavedViewDraft) -> Result<SavedView> {
    actor.require_staff(Scope::TicketsWrite)?;
    let owner = actor.user()?;
    let mut errors = FieldErrors::default();
    let name = check_name(&mut errors, &draft.name);
    check(&mut errors, &draft.definition);
    errors.take(require_share(actor, draft.audience))?;
    errors.take(require_known(conn, actor, &draft.definition.filter.tickets).await)?;
    errors.into_result()?;
    let now = Timestamp::now();
    conn.transaction(async |conn| {
        let behind = behind(conn, owner).await?;
        let view = SavedView {
            id: SavedViewId::new(),
            owner_id: owner,
            name,
            definition: draft.definition,
            audience: draft.audience,
            position: draft.position.unwrap_or(behind),
            created_at: now,
            updated_at: now,
        };
        diesel::insert_into(saved_views::table).values(Row::from(&view)).execute(conn).await?;
        Ok(view)
    })
    .await
}

/// Lets one transaction at a time add to a person's views or put them in order.
pub(super) async fn lock_owner(conn: &mut Conn, owner: UserId) -> Result<()> {
    users::table.find(owner).select(users::id).for_update().first::<UserId>(conn).await?;
    Ok(())
}

/// The position behind all views of a person.
async fn behind(conn: &mut Conn, owner: UserId) -> Result<i32> {
    lock_owner(conn, owner).await?;
    let (views, last): (i64, Option<i32>) = saved_views::table
        .filter(saved_views::owner_id.eq(owner))
        .select((diesel::dsl::count_star(), diesel::dsl::max(saved_views::position)))
        .first(conn)
        .await?;
    if views >= VIEWS_MAX {
        let why = format!("you have {VIEWS_MAX} views already; delete one first");
        return Err(Error::invalid("name", why));
    }
    Ok(last.map_or(0, |last| last.saturating_add(1)))
}

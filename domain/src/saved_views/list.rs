//! Reading views.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::policy::visible_to;
use super::{Row, SavedView};
use crate::db::schema::saved_views;
use crate::error::{Error, Result};
use crate::ids::{SavedViewId, UserId};
use crate::{Actor, Conn};

/// The actor's own views and those shared with them, by position and name. Staff only.
///
/// # Errors
/// [`Error::Forbidden`] for customers, for the desk itself and without the scope.
pub async fn list(conn: &mut Conn, actor: &Actor) -> Result<Vec<SavedView>> {
    let rows: Vec<Row> = Row::query()
        .filter(visible_to(actor)?)
        .order((saved_views::position.asc(), saved_views::name.asc(), saved_views::id.asc()))
        .load(conn)
        .await?;
    rows.into_iter().map(SavedView::try_from).collect()
}

/// One view, if the actor sees it.
///
/// # Errors
/// [`Error::NotFound`] for missing and invisible ones alike; else as [`list`].
pub async fn find(conn: &mut Conn, actor: &Actor, id: SavedViewId) -> Result<SavedView> {
    let found: Option<Row> = Row::query()
        .filter(saved_views::id.eq(id))
        .filter(visible_to(actor)?)
        .first(conn)
        .await
        .optional()?;
    found.ok_or_else(|| Error::not_found("saved view", "id"))?.try_into()
}

/// A person's own views in the order of [`list`], locked until the transaction ends.
pub(super) async fn own(conn: &mut Conn, owner: UserId) -> Result<Vec<Row>> {
    Ok(Row::query()
        .filter(saved_views::owner_id.eq(owner))
        .order((saved_views::position.asc(), saved_views::name.asc(), saved_views::id.asc()))
        .for_update()
        .load(conn)
        .await?)
}

/// As [`find`], locked until the transaction ends.
pub(super) async fn lock(conn: &mut Conn, actor: &Actor, id: SavedViewId) -> Result<SavedView> {
    let found: Option<Row> = Row::query()
        .filter(saved_views::id.eq(id))
        .filter(visible_to(actor)?)
        .for_update()
        .first(conn)
        .await
        .optional()?;
    found.ok_or_else(|| Error::not_found("saved view", "id"))?.try_into()
}

//! Putting one's views in another order.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use std::collections::HashSet;

use super::create::lock_owner;
use super::list::own;
use super::{Row, SavedView};
use crate::actor::Scope;
use crate::db::schema::saved_views;
use crate::error::{Error, Result};
use crate::ids::SavedViewId;
use crate::{Actor, Conn};

/// Puts the actor's own views in this order, from position 0 on; those not named follow as they stood. A view
/// that is shared moves for everybody. Answers with all own views, in order. Staff only.
///
/// # Errors
/// [`Error::Invalid`] for `ids` when one is named twice or is no view of the actor's own;
/// [`Error::Forbidden`].
pub async fn reorder(
    conn: &mut Conn,
    actor: &Actor,
    ids: &[SavedViewId],
) -> Result<Vec<SavedView>> {
    actor.require_staff(Scope::TicketsWrite)?;
    let owner = actor.user()?;
    let named: HashSet<SavedViewId> = ids.iter().copied().collect();
    if named.len() < ids.len() {
        return Err(Error::invalid("ids", "names a view twice"));
    }
    conn.transaction(async |conn| {
        lock_owner(conn, owner).await?;
        let mut views = own(conn, owner).await?;
        // Others' views and missing ones answer alike.
        let owned: HashSet<SavedViewId> = views.iter().map(|row| row.id).collect();
        if !named.is_subset(&owned) {
            return Err(Error::invalid("ids", "names a view that is not yours"));
        }
        let place = |row: &Row| ids.iter().position(|id| *id == row.id).unwrap_or(ids.len());
        // Stable: those not named keep their order.
        views.sort_by_key(place);
        for (position, view) in (0..).zip(&mut views) {
            if view.position != position {
                view.position = position;
                diesel::update(saved_views::table.find(view.id))
                    .set(saved_views::position.eq(position))
                    .execute(conn)
                    .await?;
            }
        }
        views.into_iter().map(SavedView::try_from).collect()
    })
    .await
}

//! Giving up a view.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::list::lock;
use super::policy::require_change;
use crate::actor::Scope;
use crate::db::schema::saved_views;
use crate::error::Result;
use crate::ids::SavedViewId;
use crate::{Actor, Conn};

/// Deletes a view, for everybody who shares it. Who may change it.
///
/// # Errors
/// [`crate::Error::NotFound`]; [`crate::Error::Forbidden`].
pub async fn delete(conn: &mut Conn, actor: &Actor, id: SavedViewId) -> Result<()> {
    actor.require_staff(Scope::TicketsWrite)?;
    conn.transaction(async |conn| {
        let reader = Actor { scopes: None, ..actor.clone() };
        let view = lock(conn, &reader, id).await?;
        require_change(actor, &view)?;
        diesel::delete(saved_views::table.find(id)).execute(conn).await?;
        Ok(())
    })
    .await
}

//! Changing a view.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::list::lock;
use super::policy::{require_change, require_share};
use super::rules::{check, check_name, json};
use super::unknown::require_known;
use super::{Audience, SavedView, ViewFilter};
use crate::actor::Scope;
use crate::db::schema::saved_views;
use crate::error::{FieldErrors, Result};
use crate::ids::SavedViewId;
use crate::tickets::TicketOrder;
use crate::{Actor, Conn, Timestamp};

/// Fields to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct SavedViewChange {
    pub name: Option<String>,
    pub filter: Option<ViewFilter>,
    pub order: Option<TicketOrder>,
    pub columns: Option<Vec<String>>,
    pub audience: Option<Audience>,
    pub position: Option<i32>,
}

/// Changes a view: its owner, admins those for everyone, whoever manages a queue those for its members. Who
/// changes a view must be allowed to share it as it then is.
///
/// # Errors
/// [`crate::Error::Invalid`] listing every bad field; [`crate::Error::NotFound`];
/// [`crate::Error::Forbidden`].
pub async fn update(
    conn: &mut Conn,
    actor: &Actor,
    id: SavedViewId,
    change: SavedViewChange,
) -> Result<SavedView> {
    actor.require_staff(Scope::TicketsWrite)?;
    conn.transaction(async |conn| {
        let reader = Actor { scopes: None, ..actor.clone() };
        let mut view = lock(conn, &reader, id).await?;
        require_change(actor, &view)?;
        let mut errors = FieldErrors::default();
        if let Some(name) = &change.name {
            view.name = check_name(&mut errors, name);
        }
        view.audience = change.audience.unwrap_or(view.audience);
        view.position = change.position.unwrap_or(view.position);
        view.definition.order = change.order.unwrap_or(view.definition.order);
        if let Some(columns) = change.columns {
            view.definition.columns = columns;
        }
        if let Some(filter) = change.filter {
            // What was kept before and is gone since may stay until the filter is changed.
            errors.take(require_known(conn, actor, &filter.tickets).await)?;
            view.definition.filter = filter;
        }
        check(&mut errors, &view.definition);
        errors.take(require_share(actor, view.audience))?;
        errors.into_result()?;
        view.updated_at = Timestamp::now();
        diesel::update(saved_views::table.find(id))
            .set((
                saved_views::name.eq(&view.name),
                saved_views::definition.eq(json(&view.definition)),
                saved_views::sharing.eq(view.audience.sharing()),
                saved_views::queue_id.eq(view.audience.queue_id()),
                saved_views::position.eq(view.position),
                saved_views::updated_at.eq(view.updated_at),
            ))
            .execute(conn)
            .await?;
        Ok(view)
    })
    .await
}

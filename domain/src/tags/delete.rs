//! Giving up a tag.

use super::retag::{Retagged, Retagging};
use super::{append_event, require_all};
use crate::actor::Scope;
use crate::error::Result;
use crate::ids::TagId;
use crate::{Actor, Conn};

/// Takes a tag off every ticket, whoever may see it, and deletes it. Each ticket gets its event. Admins only.
///
/// With many tickets it may take several calls, as [`super::merge`] does.
///
/// # Errors
/// [`crate::Error::NotFound`]; [`crate::Error::Forbidden`].
pub async fn delete(conn: &mut Conn, actor: &Actor, id: TagId) -> Result<Retagged> {
    actor.require_admin(Scope::Admin)?;
    let tag = require_all(conn, &[id], "id").await?.remove(0);
    let mut work = Retagging::begin(actor);
    let is_done = work.replace(conn, id, None).await?;
    if is_done {
        append_event(conn, actor, id, format!("{} was deleted", tag.name)).await?;
    }
    Ok(Retagged { tickets: work.tickets, is_done })
}

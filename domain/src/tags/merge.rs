//! Several words for the same become one.

use diesel_async::AsyncConnection;

use super::retag::{Retagged, Retagging};
use super::{Tag, append_event, require_all};
use crate::actor::Scope;
use crate::error::{Error, Result};
use crate::ids::TagId;
use crate::{Actor, Conn, saved_views};

/// Most tags merged at once.
pub const MERGE_MAX: usize = 20;

/// Puts `target` on every ticket that has one of `sources`, whoever may see it, and deletes the sources.
/// Each ticket gets its event, and saved views name the target from then on. Admins only.
///
/// With many tickets it may take several calls: those before the last say that it is not done.
///
/// # Errors
/// [`Error::Invalid`] for `sourceIds`: none, more than [`MERGE_MAX`], or the target itself;
/// [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn merge(
    conn: &mut Conn,
    actor: &Actor,
    sources: &[TagId],
    target: TagId,
) -> Result<(Tag, Retagged)> {
    actor.require_admin(Scope::Admin)?;
    if !(1..=MERGE_MAX).contains(&sources.len()) {
        let message = format!("must name 1 to {MERGE_MAX} tags, got {}", sources.len());
        return Err(Error::invalid("sourceIds", message));
    }
    if sources.contains(&target) {
        return Err(Error::invalid("sourceIds", "a tag cannot be merged into itself"));
    }
    let kept = require_all(conn, &[target], "targetId").await?.remove(0);
    let gone = require_all(conn, sources, "sourceIds").await?;
    let mut work = Retagging::begin(actor);
    for source in gone {
        if !work.replace(conn, source.id, Some(target)).await? {
            return Ok((kept, Retagged { tickets: work.tickets, is_done: false }));
        }
        conn.transaction(async |conn| {
            saved_views::replace_tag(conn, source.id, target).await?;
            let note = format!("{} was merged into it", source.name);
            append_event(conn, actor, target, note).await
        })
        .await?;
    }
    Ok((kept, Retagged { tickets: work.tickets, is_done: true }))
}

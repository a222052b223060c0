//! Another word for a tag.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::{Tag, append_event, require_all};
use crate::actor::Scope;
use crate::db::schema::tags;
use crate::db::violated_key;
use crate::error::{ConflictCode, Error, FieldErrors, Result};
use crate::ids::TagId;
use crate::{Actor, Conn};

/// Renames a tag; tickets keep it. Admins only.
///
/// # Errors
/// [`Error::Invalid`] for `name`; [`ConflictCode::AlreadyExists`], for what [`super::merge`] is;
/// [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn rename(conn: &mut Conn, actor: &Actor, id: TagId, name: &str) -> Result<Tag> {
    actor.require_admin(Scope::Admin)?;
    let mut errors = FieldErrors::default();
    let name = errors.line("name", &name.to_lowercase(), 60);
    errors.into_result()?;
    conn.transaction(async |conn| {
        let before = require_all(conn, &[id], "id").await?.remove(0);
        if before.name == name {
            return Ok(before);
        }
        let renamed =
            diesel::update(tags::table.find(id)).set(tags::name.eq(&name)).execute(conn).await;
        renamed.map_err(|error| match violated_key(&error) {
            Some("tags_name") => Error::conflict(
                ConflictCode::AlreadyExists,
                "name",
                format!("there is already a tag {name:?}; merge this one into it"),
            ),
            _ => error.into(),
        })?;
        append_event(conn, actor, id, format!("renamed from {} to {name}", before.name)).await?;
        Ok(Tag { name, ..before })
    })
    .await
}

//! Reading runs.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{ModelRun, Row};
use crate::actor::Scope;
use crate::db::schema::model_runs;
use crate::error::{Error, Result};
use crate::ids::ModelRunId;
use crate::page::{Page, PageRequest, encode};
use crate::suggestions::LabelKind;
use crate::{Actor, Conn};

/// Runs of one kind or of all, newest first. Admins only.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`] for a bad page.
pub async fn list(
    conn: &mut Conn,
    actor: &Actor,
    kind: Option<LabelKind>,
    page: &PageRequest,
) -> Result<Page<ModelRun>> {
    actor.require_admin(Scope::Admin)?;
    let mut query = Row::query().order(model_runs::id.desc()).limit(page.limit()?).into_boxed();
    if let Some(kind) = kind {
        query = query.filter(model_runs::kind.eq(kind));
    }
    if let Some(id) = page.key::<ModelRunId>()? {
        query = query.filter(model_runs::id.lt(id));
    }
    let rows: Vec<Row> = query.load(conn).await?;
    let runs: Result<Vec<ModelRun>> = rows.into_iter().map(Row::into_run).collect();
    Ok(page.page(runs?))
}

/// One run. Admins only.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn find(conn: &mut Conn, actor: &Actor, id: ModelRunId) -> Result<ModelRun> {
    actor.require_admin(Scope::Admin)?;
    let row = Row::query().filter(model_runs::id.eq(id)).first(conn).await.optional()?;
    row.ok_or_else(|| Error::not_found("model run", "id"))?.into_run()
}

impl ModelRun {
    /// Cursor of this row in [`list`].
    pub fn cursor(&self) -> String {
        encode(&self.id)
    }
}

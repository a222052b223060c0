//! Reading proposals; admins only.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{CategoryProposal, ProposalState, Row};
use crate::actor::Scope;
use crate::db::schema::category_proposals;
use crate::error::{Error, Result};
use crate::ids::CategoryProposalId;
use crate::{Actor, Conn};

/// Proposals read at most: a run finds tens.
const MAX: i64 = 100;

/// Proposals in one state, largest first, at most a hundred. Admins only.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Unavailable`].
pub async fn list(
    conn: &mut Conn,
    actor: &Actor,
    state: ProposalState,
) -> Result<Vec<CategoryProposal>> {
    actor.require_admin(Scope::Admin)?;
    let rows: Vec<Row> = Row::query()
        .filter(category_proposals::state.eq(state))
        .order((category_proposals::size.desc(), category_proposals::id.asc()))
        .limit(MAX)
        .load(conn)
        .await?;
    rows.into_iter().map(Row::into_proposal).collect()
}

/// One proposal. Admins only.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`].
pub async fn find(
    conn: &mut Conn,
    actor: &Actor,
    id: CategoryProposalId,
) -> Result<CategoryProposal> {
    actor.require_admin(Scope::Admin)?;
    let query = Row::query().filter(category_proposals::id.eq(id));
    let found: Option<Row> = query.first(conn).await.optional()?;
    found.ok_or_else(|| Error::not_found("category proposal", "id"))?.into_proposal()
}

//! Putting a proposal away.

use diesel_async::AsyncConnection;

use super::{CategoryProposal, ProposalState, decide, lock_open};
use crate::actor::Scope;
use crate::error::Result;
use crate::ids::CategoryProposalId;
use crate::{Actor, Conn, Timestamp};

/// Puts a proposal away; a group of mostly the same tickets is not proposed again. Admins only.
///
/// # Errors
/// [`crate::Error::Forbidden`]; [`crate::Error::NotFound`];
/// [`crate::error::ConflictCode::AlreadyDecided`].
pub async fn dismiss(
    conn: &mut Conn,
    actor: &Actor,
    id: CategoryProposalId,
) -> Result<CategoryProposal> {
    actor.require_admin(Scope::Admin)?;
    let now = Timestamp::now();
    conn.transaction(async |conn| {
        let mut proposal = lock_open(conn, id).await?;
        decide(conn, actor, &mut proposal, ProposalState::Dismissed, None, now).await?;
        Ok(proposal)
    })
    .await
}

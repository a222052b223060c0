//! Making a category of a proposal.

use diesel_async::AsyncConnection;

use super::{CategoryProposal, ProposalState, decide, lock_open};
use crate::actor::Scope;
use crate::categories::{self, Category};
use crate::error::{Error, Result};
use crate::ids::CategoryProposalId;
use crate::metrics::committed;
use crate::suggestions::LabelKind;
use crate::tickets::{self, Edit, LabelOrigin};
use crate::{Actor, Conn, Timestamp};

/// What came of a proposal.
#[derive(Debug, Clone, PartialEq)]
pub struct Adoption {
    pub proposal: CategoryProposal,
    pub category: Category,
    /// Tickets that have the new category now.
    pub labelled: u32,
}

/// Creates a category of a proposal and, with `label`, puts it on the proposal's tickets that no person
/// has labelled, as the actor's own decision: from then on they are what a model learns the category from. All in
/// one transaction. Admins only.
///
/// # Errors
/// [`crate::Error::Invalid`] for the name; [`crate::error::ConflictCode::AlreadyExists`];
/// [`crate::error::ConflictCode::AlreadyDecided`]; [`crate::Error::NotFound`];
/// [`crate::Error::Forbidden`].
pub async fn adopt(
    conn: &mut Conn,
    actor: &Actor,
    id: CategoryProposalId,
    name: &str,
    label: bool,
) -> Result<Adoption> {
    actor.require_admin(Scope::Admin)?;
    if label {
        actor.require_scope(Scope::TicketsWrite)?;
    }
    let now = Timestamp::now();
    committed(conn.transaction(async |conn| {
        let mut proposal = lock_open(conn, id).await?;
        let description = format!("About: {}", proposal.words.join(", "));
        let description: String = description.chars().take(500).collect();
        let category = categories::create(conn, actor, name, &description).await?;
        let mut labelled = 0;
        if label {
            let reader = Actor { scopes: None, ..actor.clone() };
            let mut found = tickets::find_many(conn, &reader, &proposal.ticket_ids).await?;
            found.retain(|ticket| {
                ticket.is_listed() && ticket.origin(LabelKind::Category) != LabelOrigin::Person
            });
            // Locks in one order, as everyone does.
            found.sort_by_key(|ticket| ticket.id);
            for ticket in found {
                let edit = Edit { ticket_id: ticket.id, expected_version: Some(ticket.version) };
                match tickets::change_category(conn, actor, edit, Some(category.id)).await {
                    Ok(_) => labelled += 1,
                    // Somebody was at it in this very moment: theirs stays.
                    Err(Error::Conflict(_) | Error::NotFound { .. }) => {}
                    Err(other) => return Err(other),
                }
            }
        }
        let (adopted, category_id) = (ProposalState::Adopted, Some(category.id));
        decide(conn, actor, &mut proposal, adopted, category_id, now).await?;
        Ok(Adoption { proposal, category, labelled })
    }))
    .await
}

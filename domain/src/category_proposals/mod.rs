//! Possible new categories: groups of tickets that the model was not sure about.
//!
//! The worker looks for them at most once an hour ([`claim_run`]) and puts what it found in the place of
//! what it found before ([`replace`]). Admins adopt a group, which makes the category, or dismiss it; a
//! group of mostly the same tickets is not proposed again.

mod adopt;
mod dismiss;
mod list;
mod refresh;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::Timestamp;
use crate::db::schema::category_proposals;
use crate::error::{ConflictCode, Error, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent};
use crate::ids::{CategoryId, CategoryProposalId, TicketId, UserId};
use crate::{Actor, Conn};

pub use adopt::{Adoption, adopt};
pub use dismiss::dismiss;
pub use list::{find, list};
pub use refresh::{NewProposal, TICKETS_MAX, claim_run, replace, unsure};

crate::text_enum! {
    /// What became of a proposal.
    pub enum ProposalState {
        /// Nobody has decided yet.
        Open = "open",
        /// It became a category.
        Adopted = "adopted",
        /// It will not become one.
        Dismissed = "dismissed",
    }
}

/// A group of tickets that could be a category.
#[derive(Debug, Clone, PartialEq)]
pub struct CategoryProposal {
    pub id: CategoryProposalId,
    /// Tickets in it when it was found.
    pub size: u32,
    /// How much its tickets are alike, 0 to 1.
    pub cohesion: f64,
    /// Words that tell it from other tickets, most telling first.
    pub words: Vec<String>,
    /// Most typical first, at most [`TICKETS_MAX`].
    pub ticket_ids: Vec<TicketId>,
    pub state: ProposalState,
    /// What it became; `None` unless it was adopted.
    pub category_id: Option<CategoryId>,
    /// Who decided; `None` while it is open.
    pub decided_by: Option<UserId>,
    pub decided_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

#[derive(HasQuery, Insertable)]
#[diesel(table_name = category_proposals)]
#[diesel(treat_none_as_default_value = false)]
struct Row {
    id: CategoryProposalId,
    size: u32,
    cohesion: f64,
    words: String,
    ticket_ids: String,
    state: ProposalState,
    category_id: Option<CategoryId>,
    decided_by: Option<UserId>,
    decided_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl Row {
    fn into_proposal(self) -> Result<CategoryProposal> {
        Ok(CategoryProposal {
            id: self.id,
            size: self.size,
            cohesion: self.cohesion,
            words: serde_json::from_str(&self.words).map_err(Error::internal)?,
            ticket_ids: serde_json::from_str(&self.ticket_ids).map_err(Error::internal)?,
            state: self.state,
            category_id: self.category_id,
            decided_by: self.decided_by,
            decided_at: self.decided_at,
            created_at: self.created_at,
        })
    }
}

impl From<&CategoryProposal> for Row {
    fn from(proposal: &CategoryProposal) -> Self {
        let json = "plain values";
        Self {
            id: proposal.id,
            size: proposal.size,
            cohesion: proposal.cohesion,
            words: serde_json::to_string(&proposal.words).expect(json),
            ticket_ids: serde_json::to_string(&proposal.ticket_ids).expect(json),
            state: proposal.state,
            category_id: proposal.category_id,
            decided_by: proposal.decided_by,
            decided_at: proposal.decided_at,
            created_at: proposal.created_at,
        }
    }
}

/// Writes a decision about an open proposal that is locked, with its event.
async fn decide(
    conn: &mut Conn,
    actor: &Actor,
    proposal: &mut CategoryProposal,
    state: ProposalState,
    category_id: Option<CategoryId>,
    now: Timestamp,
) -> Result<()> {
    proposal.state = state;
    proposal.category_id = category_id;
    proposal.decided_by = actor.user_id;
    proposal.decided_at = Some(now);
    diesel::update(category_proposals::table.find(proposal.id))
        .set((
            category_proposals::state.eq(state),
            category_proposals::category_id.eq(category_id),
            category_proposals::decided_by.eq(actor.user_id),
            category_proposals::decided_at.eq(Some(now)),
        ))
        .execute(conn)
        .await?;
    let payload = EventPayload { note: Some(state.to_string()), ..Default::default() };
    let kind = EventKind::CategoryProposalDecided;
    events::append(conn, &[NewEvent::new(kind, actor, proposal.id, now, payload)]).await
}

/// An open proposal, locked until the transaction ends.
async fn lock_open(conn: &mut Conn, id: CategoryProposalId) -> Result<CategoryProposal> {
    let query = Row::query().filter(category_proposals::id.eq(id)).for_update();
    let found: Option<Row> = query.first(conn).await.optional()?;
    let proposal =
        found.ok_or_else(|| Error::not_found("category proposal", "id"))?.into_proposal()?;
    if proposal.state != ProposalState::Open {
        return Err(Error::conflict(
            ConflictCode::AlreadyDecided,
            "id",
            format!("the proposal was {} before", proposal.state),
        ));
    }
    Ok(proposal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_round_trip() {
        ProposalState::assert_round_trips();
    }
}

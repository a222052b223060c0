//! Taking an applied label off again.

use diesel_async::AsyncConnection;

use super::decide::{already_decided, lock, mark};
use super::{LabelKind, Suggestion, SuggestionState};
use crate::error::{Conflict, ConflictCode, Error, Result};
use crate::ids::SuggestionId;
use crate::metrics::committed;
use crate::tickets::{self, LabelOrigin, Ticket};
use crate::{Actor, Conn, Timestamp};

/// Takes a label that the desk applied off the ticket, which is then as it was before; the suggestion
/// is dismissed by the actor. Staff with the right to reply.
///
/// # Errors
/// [`Error::Invalid`] for a suggestion that was not applied; [`ConflictCode::AlreadyDecided`], with
/// who accepted it or chose something else; [`ConflictCode::StaleVersion`], with who changed the
/// ticket, when the label is not on it any more; [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn revert(
    conn: &mut Conn,
    actor: &Actor,
    id: SuggestionId,
) -> Result<(Ticket, Suggestion)> {
    let now = Timestamp::now();
    committed(conn.transaction(async |conn| {
        let (before, mut suggestion) = lock(conn, actor, id).await?;
        if suggestion.applied_at.is_none() {
            return Err(Error::invalid("id", "this suggestion was not applied"));
        }
        if suggestion.state != SuggestionState::Applied {
            return Err(already_decided(&suggestion));
        }
        let kind = suggestion.label.kind();
        let is_there = before.label(kind) == Some(suggestion.label);
        if !is_there || before.origin(kind) != LabelOrigin::Model {
            return Err(changed_since(conn, &before, kind).await?);
        }
        let mut after = before.clone();
        after.take_off(kind, suggestion.applied_from);
        let event = mark(conn, actor, &mut suggestion, SuggestionState::Dismissed, now).await?;
        let ticket = tickets::write(conn, actor, &before, after, now, vec![event]).await?;
        Ok((ticket, suggestion))
    }))
    .await
}

/// A program of the release before settles no applied suggestions when people choose something else.
async fn changed_since(conn: &mut Conn, ticket: &Ticket, kind: LabelKind) -> Result<Error> {
    let (changed_by, changed_at) = tickets::last_change(conn, ticket.id).await?;
    Ok(Error::Conflict(Box::new(Conflict {
        code: ConflictCode::StaleVersion,
        message: format!("the {kind} was changed since; look at the ticket"),
        path: "id",
        changed_by,
        changed_at,
    })))
}

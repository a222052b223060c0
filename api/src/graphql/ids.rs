//! Ids as clients see them: the noun, an underscore, the UUID's 32 hex digits.
//!
//! The noun makes an id readable in logs, lets `node(id)` find the type, and turns a user's id where
//! a ticket's belongs into a clear error.

use async_graphql::ID;
use deskwire_domain::error::{Error, Result};
use deskwire_domain::ids::{
    CannedReplyId, CategoryId, CategoryProposalId, DraftId, JobId, MessageId, ModelRunId,
    ModelScheduleId, ModelVersionId, NotificationId, OrganisationId, QueueId, RolloutStepId,
    SavedViewId, SuggestionId, TagId, TicketId, TokenId, UserId,
};
use std::str::FromStr;

/// A domain id that has a public form.
pub trait PublicId: FromStr + std::fmt::Display {
    const NOUN: &'static str;
}

macro_rules! public_ids {
    ($($id:ident = $noun:literal),+ $(,)?) => {
        $(impl PublicId for $id {
            const NOUN: &'static str = $noun;
        })+
    };
}

public_ids! {
    TicketId = "ticket",
    MessageId = "message",
    UserId = "user",
    OrganisationId = "organisation",
    QueueId = "queue",
    CategoryId = "category",
    TagId = "tag",
    SuggestionId = "suggestion",
    ModelVersionId = "model",
    RolloutStepId = "rollout_step",
    NotificationId = "notification",
    DraftId = "draft",
    SavedViewId = "view",
    ModelRunId = "run",
    ModelScheduleId = "schedule",
    TokenId = "token",
    JobId = "job",
    CannedReplyId = "cannedreply",
    CategoryProposalId = "proposal",
}

pub fn public<T: PublicId>(id: T) -> ID {
    ID(format!("{}_{id}", T::NOUN))
}

/// The domain id behind a public one; `path` is the input field it came from.
///
/// # Errors
/// [`Error::Invalid`] when it is malformed or another noun's.
pub fn domain<T: PublicId>(id: &ID, path: &'static str) -> Result<T> {
    try_domain(id).ok_or_else(|| {
        let noun = T::NOUN;
        Error::invalid(
            path,
            format!("{:?} is not the id of a {noun}; those begin with {noun}_", id.0),
        )
    })
}

/// As [`domain`], for `node(id)`, which tries one noun after another.
pub fn try_domain<T: PublicId>(id: &ID) -> Option<T> {
    let uuid = id.strip_prefix(T::NOUN)?.strip_prefix('_')?;
    (uuid.len() == 32).then(|| uuid.parse().ok())?
}

/// As [`domain`] for a list.
///
/// # Errors
/// [`Error::Invalid`] for the first bad one.
pub fn domain_all<T: PublicId>(ids: &[ID], path: &'static str) -> Result<Vec<T>> {
    ids.iter().map(|id| domain(id, path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_its_own_noun_only() {
        let ticket = TicketId::new();
        let id = public(ticket);
        assert!(id.starts_with("ticket_"));
        assert_eq!(domain::<TicketId>(&id, "id").unwrap(), ticket);
        let error = domain::<UserId>(&id, "assigneeId").unwrap_err().to_string();
        assert!(error.contains("assigneeId") && error.contains("user_"), "{error}");
    }

    #[test]
    fn malformed_ids_are_refused() {
        for text in ["", "ticket_", "ticket_12", "ticket-0190", "TICKET_0", "1"] {
            assert!(domain::<TicketId>(&ID(text.into()), "id").is_err(), "{text:?}");
        }
    }
}

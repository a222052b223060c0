//! Where a draft stands: on a ticket, as a reply or a note, or on its own as a ticket to be.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::DraftKind;
use crate::actor::Scope;
use crate::db::schema::drafts;
use crate::error::{Conflict, ConflictCode, Error, Result};
use crate::ids::{DraftId, SubjectId, TicketId, UserId};
use crate::messages::MessageKind;
use crate::{Actor, Conn, Timestamp, tickets};

/// Each person has at most one draft in each place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftPlace {
    NewTicket,
    On(TicketId, MessageKind),
}

impl DraftPlace {
    /// # Errors
    /// [`Error::Invalid`] for `ticketId` when kind and ticket do not fit together.
    pub fn new(kind: DraftKind, ticket: Option<TicketId>) -> Result<Self> {
        match (kind, ticket) {
            (DraftKind::Ticket, None) => Ok(Self::NewTicket),
            (DraftKind::Ticket, Some(_)) => {
                Err(Error::invalid("ticketId", "a new ticket has no id yet"))
            }
            (DraftKind::Reply, Some(ticket)) => Ok(Self::On(ticket, MessageKind::Reply)),
            (DraftKind::Note, Some(ticket)) => Ok(Self::On(ticket, MessageKind::Note)),
            (DraftKind::Reply | DraftKind::Note, None) => {
                Err(Error::invalid("ticketId", "name the ticket that the message is for"))
            }
        }
    }

    pub fn kind(self) -> DraftKind {
        match self {
            Self::NewTicket => DraftKind::Ticket,
            Self::On(_, MessageKind::Reply) => DraftKind::Reply,
            Self::On(_, MessageKind::Note) => DraftKind::Note,
        }
    }

    pub(super) fn subject(self, author: UserId) -> SubjectId {
        match self {
            Self::NewTicket => author.into(),
            Self::On(ticket, _) => ticket.into(),
        }
    }
}

/// The row of a place, whether there is a draft in it or not.
#[derive(Debug, Clone, HasQuery)]
#[diesel(table_name = drafts)]
pub(super) struct Row {
    pub id: DraftId,
    pub subject: String,
    pub body: String,
    pub version: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// There is no draft any more.
    pub cleared_at: Option<Timestamp>,
}

/// Who may write there: whoever sees the ticket; notes are for staff.
///
/// # Errors
/// [`Error::NotFound`] for missing and invisible tickets; [`Error::Forbidden`].
pub(super) async fn require(conn: &mut Conn, actor: &Actor, place: DraftPlace) -> Result<UserId> {
    actor.require_scope(Scope::TicketsWrite)?;
    let author = actor.user()?;
    let DraftPlace::On(ticket, kind) = place else { return Ok(author) };
    let reader = Actor { scopes: None, ..actor.clone() };
    let found = tickets::find_visible(conn, &reader, ticket).await;
    found.map_err(|error| match error {
        Error::NotFound { noun, .. } => Error::not_found(noun, "ticketId"),
        other => other,
    })?;
    if kind == MessageKind::Note && !actor.is_staff() {
        return Err(Error::Forbidden("only agents can write notes".into()));
    }
    Ok(author)
}

/// Locks the row until the transaction ends.
pub(super) async fn lock(
    conn: &mut Conn,
    author: UserId,
    place: DraftPlace,
) -> Result<Option<Row>> {
    let found = Row::query()
        .filter(drafts::author_id.eq(author))
        .filter(drafts::subject_id.eq(place.subject(author)))
        .filter(drafts::kind.eq(place.kind()))
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(found)
}

/// # Errors
/// [`ConflictCode::StaleVersion`] unless the place is as the author's device has it; 0 stands for no draft.
pub(super) fn refuse_stale(author: UserId, row: Option<&Row>, expected: Option<u32>) -> Result<()> {
    let draft = row.filter(|row| row.cleared_at.is_none());
    let present = draft.map_or(0, |row| row.version);
    match expected {
        Some(expected) if expected != present => Err(Error::Conflict(Box::new(Conflict {
            code: ConflictCode::StaleVersion,
            message: match present {
                0 => "the draft was sent or discarded meanwhile".to_owned(),
                _ => format!("the draft is at version {present}, not {expected}"),
            },
            path: "expectedVersion",
            changed_by: Some(author),
            changed_at: row.map(|row| row.updated_at),
        }))),
        _ => Ok(()),
    }
}

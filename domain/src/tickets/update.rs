//! Changing a ticket's text fields.

use diesel_async::AsyncConnection;

use super::Ticket;
use super::edit::{Edit, Needs, lock, write};
use super::record::SUBJECT_MAX_CHARS;
use crate::error::{FieldErrors, Result};
use crate::metrics::committed;
use crate::queues::QueueRight;
use crate::{Actor, Conn, Timestamp};

/// Fields to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct TicketUpdateDraft {
    pub subject: Option<String>,
}

/// Changes the subject. Staff with the right to reply.
///
/// # Errors
/// [`crate::Error::Invalid`]; stale version; [`crate::Error::NotFound`];
/// [`crate::Error::Forbidden`].
pub async fn update(
    conn: &mut Conn,
    actor: &Actor,
    edit: Edit,
    draft: TicketUpdateDraft,
) -> Result<Ticket> {
    let mut errors = FieldErrors::default();
    let subject = draft.subject.map(|text| errors.line("subject", &text, SUBJECT_MAX_CHARS));
    errors.into_result()?;
    let now = Timestamp::now();
    committed(conn.transaction(async |conn| {
        let before = lock(conn, actor, edit, Needs::Right(QueueRight::Reply)).await?;
        let mut after = before.clone();
        after.subject = subject.unwrap_or_else(|| before.subject.clone());
        write(conn, actor, &before, after, now, Vec::new()).await
    }))
    .await
}

//! A live queue's words, judged by the same full-text index as the list's.

use diesel::prelude::*;
use diesel::sql_types::{Binary, Bool, Datetime, Text};
use diesel_async::RunQueryDsl;

use crate::error::{Error, Result};
use crate::events::{EventKind, LogEvent};
use crate::{Conn, Timestamp};

/// What a ticket must contain, and whether internal notes count.
#[derive(Debug, Clone)]
pub(super) struct Words {
    pub text: String,
    pub internal: bool,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    in_subject: bool,
    #[diesel(sql_type = Bool)]
    in_earlier: bool,
    #[diesel(sql_type = Bool)]
    in_present: bool,
}

impl Words {
    /// Whether the event's ticket had the words before it, and has them after it.
    ///
    /// Messages stay as they are written, so the times say which of them were there. The index
    /// knows only the present subject: where the event changed it, a ticket without the words now
    /// counts as having had them, and one with them as not; so does one that took over another's
    /// messages. A repeated LEAVE or ENTER then is the worst that comes of it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database is away.
    pub(super) async fn judge(&self, conn: &mut Conn, event: &LogEvent) -> Result<(bool, bool)> {
        let ticket = event.payload.ticket.as_ref();
        let ticket = ticket.ok_or_else(|| Error::internal("an event without its ticket"))?;
        let found = self.find(conn, ticket.id.0.as_bytes(), event.occurred_at).await?;
        let matches = found.in_subject || found.in_present;
        let matched = if event.kind == EventKind::TicketMerged {
            !matches
        } else if event.payload.changes.subject.is_some() {
            found.in_earlier || !matches
        } else {
            found.in_subject || found.in_earlier
        };
        Ok((matched, matches))
    }

    async fn find(&self, conn: &mut Conn, ticket: &[u8], at: Timestamp) -> Result<Found> {
        let notes = if self.internal { "" } else { " AND kind = 'reply'" };
        let message = format!(
            "EXISTS (SELECT 1 FROM messages WHERE ticket_id = ?{notes} AND \
             MATCH (body_text) AGAINST (?) AND created_at"
        );
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM tickets WHERE id = ? AND MATCH (subject) AGAINST (?)) \
             AS in_subject, {message} < ?) AS in_earlier, {message} <= ?) AS in_present"
        );
        let found = diesel::sql_query(sql)
            .bind::<Binary, _>(ticket.to_vec())
            .bind::<Text, _>(&self.text)
            .bind::<Binary, _>(ticket.to_vec())
            .bind::<Text, _>(&self.text)
            .bind::<Datetime, _>(at)
            .bind::<Binary, _>(ticket.to_vec())
            .bind::<Text, _>(&self.text)
            .bind::<Datetime, _>(at)
            .get_result(conn)
            .await?;
        Ok(found)
    }
}

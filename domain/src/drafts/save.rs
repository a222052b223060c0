//! Keeping what has been written so far.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::place::{lock, refuse_stale, require};
use super::{Draft, DraftKind, DraftPlace, list};
use crate::db::schema::drafts;
use crate::error::{Error, FieldErrors, Result};
use crate::ids::{DraftId, UserId};
use crate::tickets::record::{BODY_MAX_BYTES, SUBJECT_MAX_CHARS};
use crate::{Actor, Conn, Timestamp};

/// What has been written so far.
#[derive(Debug, Clone)]
pub struct DraftText {
    pub place: DraftPlace,
    /// Only of a new ticket; one line, may be empty.
    pub subject: String,
    /// Kept as it is; may be empty beside a subject.
    pub body: String,
    /// The version the author's device has in mind, 0 for no draft. `None` replaces whatever is there.
    pub expected_version: Option<u32>,
}

#[derive(Insertable)]
#[diesel(table_name = drafts)]
struct NewRow {
    id: DraftId,
    author_id: UserId,
    subject_id: crate::ids::SubjectId,
    kind: DraftKind,
    subject: String,
    body: String,
    version: u32,
    created_at: Timestamp,
    updated_at: Timestamp,
    cleared_at: Timestamp,
}

/// Keeps a draft in the place of the one before. Saving what is there already changes nothing, whatever
/// version is expected.
///
/// Whoever sees the ticket; notes staff only.
///
/// # Errors
/// [`Error::Invalid`] for `subject` and `body`; [`crate::error::ConflictCode::StaleVersion`];
/// [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn save(conn: &mut Conn, actor: &Actor, text: DraftText) -> Result<Draft> {
    let author = require(conn, actor, text.place).await?;
    check(&text)?;
    let now = Timestamp::now();
    conn.transaction(async |conn| {
        let row = match lock(conn, author, text.place).await? {
            Some(row) => row,
            // Another device may do the same at this moment: one of them makes the row, both go on.
            None => {
                claim(conn, author, text.place, now).await?;
                let claimed = lock(conn, author, text.place).await?;
                claimed.ok_or_else(|| Error::internal("a draft vanished while being created"))?
            }
        };
        let is_there = row.cleared_at.is_none();
        if is_there && (&row.subject, &row.body) == (&text.subject, &text.body) {
            return list::read(conn, row.id).await;
        }
        refuse_stale(author, Some(&row), text.expected_version)?;
        diesel::update(drafts::table.find(row.id))
            .set((
                drafts::subject.eq(&text.subject),
                drafts::body.eq(&text.body),
                drafts::version.eq(row.version + 1),
                drafts::created_at.eq(if is_there { row.created_at } else { now }),
                drafts::updated_at.eq(now),
                drafts::cleared_at.eq(None::<Timestamp>),
            ))
            .execute(conn)
            .await?;
        list::read(conn, row.id).await
    })
    .await
}

fn check(text: &DraftText) -> Result<()> {
    let mut errors = FieldErrors::default();
    let chars = text.subject.chars().count();
    if text.place != DraftPlace::NewTicket && chars > 0 {
        errors.add("subject", "is only for the draft of a new ticket");
    } else if chars > SUBJECT_MAX_CHARS {
        errors.add(
            "subject",
            format!("must have at most {SUBJECT_MAX_CHARS} characters, got {chars}"),
        );
    } else if text.subject.chars().any(char::is_control) {
        errors.add("subject", "must be a single line without control characters");
    }
    let bytes = text.body.len();
    if bytes > BODY_MAX_BYTES {
        errors.add("body", format!("must have at most {BODY_MAX_BYTES} bytes, got {bytes}"));
    } else if text.body.trim().is_empty() && text.subject.trim().is_empty() {
        errors.add("body", "must not be empty; discardDraft removes a draft");
    }
    errors.into_result()
}

async fn claim(conn: &mut Conn, author: UserId, place: DraftPlace, now: Timestamp) -> Result<()> {
    let row = NewRow {
        id: DraftId::new(),
        author_id: author,
        subject_id: place.subject(author),
        kind: place.kind(),
        subject: String::new(),
        body: String::new(),
        version: 0,
        created_at: now,
        updated_at: now,
        cleared_at: now,
    };
    diesel::insert_or_ignore_into(drafts::table).values(&row).execute(conn).await?;
    Ok(())
}

//! Writing and reading the `events` table.

use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tracing::warn;

use super::{EventKind, EventPayload, Position};
use crate::actor::Origin;
use crate::db::schema::{event_sequence, events, tickets};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::ids::{LogId, SubjectId, UserId};
use crate::tickets::TicketSnapshot;
use crate::tickets::counts::Movement;
use crate::{Actor, Conn, Timestamp, remembered};

/// An event about to be written by a verb.
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub kind: EventKind,
    pub subject_id: SubjectId,
    /// `None` for the desk itself.
    pub actor_id: Option<UserId>,
    pub origin: Option<Origin>,
    pub occurred_at: Timestamp,
    pub payload: EventPayload,
}

impl NewEvent {
    pub fn new(
        kind: EventKind,
        actor: &Actor,
        subject: impl Into<SubjectId>,
        at: Timestamp,
        payload: EventPayload,
    ) -> Self {
        Self {
            kind,
            subject_id: subject.into(),
            actor_id: actor.user_id,
            origin: actor.origin.clone(),
            occurred_at: at,
            payload,
        }
    }

    /// The same event, with the ticket as it was right after.
    pub(crate) fn with_ticket(mut self, after: &TicketSnapshot) -> Self {
        self.payload.ticket = Some(after.clone());
        self
    }
}

/// An event that has its place in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogEvent {
    pub position: Position,
    pub kind: EventKind,
    pub subject_id: SubjectId,
    /// `None` for the desk itself.
    pub actor_id: Option<UserId>,
    /// What the actor's client called itself. Nobody else's business.
    pub origin: Option<String>,
    pub occurred_at: Timestamp,
    pub payload: EventPayload,
}

#[derive(Insertable)]
#[diesel(table_name = events)]
#[diesel(treat_none_as_default_value = false)]
struct NewRow<'a> {
    kind: EventKind,
    subject_id: SubjectId,
    internal: bool,
    actor_id: Option<UserId>,
    payload: String,
    occurred_at: Timestamp,
    count_from: String,
    count_to: String,
    origin: Option<&'a str>,
}

/// Appends events without a position; call inside the transaction that made them true.
///
/// # Errors
/// Whatever the database says; the transaction must then be rolled back.
pub async fn append(conn: &mut Conn, new: &[NewEvent]) -> Result<()> {
    let rows: Vec<NewRow> = new
        .iter()
        .map(|event| {
            // For the sequencer, which adds up what moved without reading payloads.
            let (count_from, count_to) = Movement::of(event.kind, &event.payload).columns();
            NewRow {
                kind: event.kind,
                subject_id: event.subject_id,
                internal: event.kind.is_internal(),
                actor_id: event.actor_id,
                payload: serde_json::to_string(&event.payload).expect("payloads are plain values"),
                occurred_at: event.occurred_at,
                count_from,
                count_to,
                origin: event.origin.as_ref().map(Origin::as_str),
            }
        })
        .collect();
    if new.iter().any(|event| event.kind.changes_rights()) {
        remembered::note_change();
    }
    if let [row] = &rows[..] {
        // One row is a statement the connection keeps prepared; many are built anew each time.
        diesel::insert_into(events::table).values(row).execute(conn).await?;
    } else if !rows.is_empty() {
        diesel::insert_into(events::table).values(&rows).execute(conn).await?;
    }
    Ok(())
}

#[derive(Selectable, Queryable)]
#[diesel(table_name = events)]
struct Row {
    position: Option<u64>,
    /// As text: one kind that a newer program wrote must not make a page unreadable.
    kind: String,
    subject_id: SubjectId,
    actor_id: Option<UserId>,
    origin: Option<String>,
    payload: String,
    occurred_at: Timestamp,
}

/// An event, and since when its ticket is deleted.
type Found = (Row, Option<Timestamp>);

#[diesel::dsl::auto_type]
fn rows() -> _ {
    let is_subject: diesel::dsl::Eq<tickets::id, events::subject_id> =
        tickets::id.eq(events::subject_id);
    let columns: (diesel::dsl::AsSelect<Row, Mysql>, _) =
        (Row::as_select(), tickets::deleted_at.nullable());
    events::table.left_join(tickets::table.on(is_subject)).select(columns)
}

/// Whatever is in the row: one event that cannot be read must not hold up those behind it.
fn into_event((row, deleted_at): Found) -> LogEvent {
    let position = row.position.unwrap_or(Position::MAX);
    let (kind, mut payload) = read_payload(position, &row);
    if deleted_at.is_some() {
        redact(&mut payload);
    }
    LogEvent {
        position,
        kind,
        subject_id: row.subject_id,
        actor_id: row.actor_id,
        origin: row.origin,
        occurred_at: row.occurred_at,
        payload,
    }
}

fn read_payload(position: Position, row: &Row) -> (EventKind, EventPayload) {
    let kind = row.kind.parse().unwrap_or(EventKind::Unknown);
    if kind == EventKind::Unknown {
        return (kind, EventPayload::default());
    }
    match serde_json::from_str(&row.payload) {
        Ok(payload) => (kind, payload),
        Err(error) => {
            warn!(position, kind = row.kind, %error, "an event's payload cannot be read");
            // Whose rights changed says the subject; which they are now says the database.
            let kind = if kind.changes_rights() { kind } else { EventKind::Unknown };
            (kind, EventPayload::default())
        }
    }
}

/// Takes out what people wrote, and leaves what streams judge by: a reader that comes from before the
/// deletion still sees the ticket enter and leave, and counts right.
fn redact(payload: &mut EventPayload) {
    if let Some(ticket) = &mut payload.ticket {
        ticket.subject = "(deleted)".to_owned();
        ticket.external_id = None;
    }
    payload.changes.subject = None;
}

/// Events after `after`, in log order, at most `limit`.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn read(conn: &mut Conn, after: Position, limit: i64) -> Result<Vec<LogEvent>> {
    let found: Vec<Found> = rows()
        .filter(events::position.gt(after))
        .order(events::position.asc())
        .limit(limit)
        .load(conn)
        .await?;
    Ok(found.into_iter().map(into_event).collect())
}

/// One subject's events in log order, after `after`, at most `limit`; internal ones only if asked.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn history(
    conn: &mut Conn,
    subject: impl Into<SubjectId>,
    internal: bool,
    after: Position,
    limit: i64,
) -> Result<Vec<LogEvent>> {
    let mut query = rows()
        .filter(events::subject_id.eq(subject.into()))
        .filter(events::position.gt(after))
        .into_boxed();
    if !internal {
        query = query.filter(events::internal.eq(false));
    }
    let found: Vec<Found> = query.order(events::position.asc()).limit(limit).load(conn).await?;
    Ok(found.into_iter().map(into_event).collect())
}

/// As [`history`], latest first: before `before`, from the end if that is `None`.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn history_back(
    conn: &mut Conn,
    subject: impl Into<SubjectId>,
    internal: bool,
    before: Option<Position>,
    limit: i64,
) -> Result<Vec<LogEvent>> {
    let mut query = rows()
        .filter(events::subject_id.eq(subject.into()))
        .filter(events::position.is_not_null())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(events::position.lt(before));
    }
    if !internal {
        query = query.filter(events::internal.eq(false));
    }
    let found: Vec<Found> = query.order(events::position.desc()).limit(limit).load(conn).await?;
    Ok(found.into_iter().map(into_event).collect())
}

/// Every committed event that has no position yet, in the order it will get one; until then its
/// position reads as [`Position::MAX`].
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub(crate) async fn waiting(conn: &mut Conn) -> Result<Vec<LogEvent>> {
    let found: Vec<Found> =
        rows().filter(events::position.is_null()).order(events::seq.asc()).load(conn).await?;
    Ok(found.into_iter().map(into_event).collect())
}

/// A subject's events that have a later position than `after` or none yet, in order.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub(crate) async fn since(
    conn: &mut Conn,
    subject: impl Into<SubjectId>,
    after: Position,
) -> Result<Vec<LogEvent>> {
    let found: Vec<Found> = rows()
        .filter(events::subject_id.eq(subject.into()))
        .filter(events::position.gt(after).or(events::position.is_null()))
        .order(events::seq.asc())
        .load(conn)
        .await?;
    Ok(found.into_iter().map(into_event).collect())
}

/// What the table knows about the log as a whole.
#[derive(Debug, Clone, Copy, HasQuery)]
#[diesel(table_name = event_sequence)]
pub(crate) struct State {
    pub log_id: LogId,
    /// Position of the last numbered event.
    pub position: Position,
    /// Events up to here were pruned.
    pub kept_after: Position,
    /// When the last heartbeat was made.
    pub beat_at: Timestamp,
}

/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub(crate) async fn state(conn: &mut Conn) -> Result<State> {
    Ok(State::query().first(conn).await?)
}

/// Id of this database's log and the position of its last numbered event.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn mark(conn: &mut Conn) -> Result<(LogId, Position)> {
    Ok(event_sequence::table
        .select((event_sequence::log_id, event_sequence::position))
        .first(conn)
        .await?)
}

/// Id of this database's log.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn log_id(conn: &mut Conn) -> Result<LogId> {
    mark(conn).await.map(|(log, _)| log)
}

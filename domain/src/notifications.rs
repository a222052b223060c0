//! Notifications: what the desk tells one person, until they have read it.
//!
//! A verb writes them in its own transaction, so nobody is told of what did not happen. They are a
//! person's own: nobody else reads or marks them, admins neither.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use crate::actor::Scope;
use crate::db::one_of;
use crate::db::schema::{notifications, users};
use crate::error::{Error, Result};
use crate::ids::{NotificationId, SubjectId, UserId};
use crate::page::{Page, PageRequest, encode};
use crate::users::Role;
use crate::{Actor, Conn, Timestamp};

/// Longest text, in characters.
const TEXT_CHARS: usize = 500;
/// Most notifications marked by their ids at once.
pub const MARK_MAX: usize = 100;

crate::text_enum! {
    /// What a notification is about.
    pub enum NotificationKind {
        /// The desk took a model version back; the subject is the step of the rollout.
        ModelRolledBack = "model.rolled_back",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = notifications)]
pub struct Notification {
    pub id: NotificationId,
    pub user_id: UserId,
    pub kind: NotificationKind,
    pub subject_id: SubjectId,
    /// A sentence for the person.
    pub text: String,
    pub created_at: Timestamp,
    /// `None` until the person has read it.
    pub read_at: Option<Timestamp>,
}

impl Notification {
    /// Cursor of this row in [`list`].
    pub fn cursor(&self) -> String {
        encode(&self.id)
    }
}

/// Which notifications to mark as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    All,
    /// 1 to [`MARK_MAX`] of the actor's own.
    These(Vec<NotificationId>),
}

/// Tells several people; call inside the transaction that made it true. A text that is too long is cut.
pub(crate) async fn notify(
    conn: &mut Conn,
    whom: &[UserId],
    kind: NotificationKind,
    subject: impl Into<SubjectId>,
    text: &str,
    now: Timestamp,
) -> Result<()> {
    let (subject_id, text) = (subject.into(), text.chars().take(TEXT_CHARS).collect::<String>());
    let row = |user: &UserId| Notification {
        id: NotificationId::new(),
        user_id: *user,
        kind,
        subject_id,
        text: text.clone(),
        created_at: now,
        read_at: None,
    };
    let rows: Vec<Notification> = whom.iter().map(row).collect();
    if !rows.is_empty() {
        diesel::insert_into(notifications::table).values(&rows).execute(conn).await?;
    }
    Ok(())
}

/// As [`notify`], every active admin.
pub(crate) async fn notify_admins(
    conn: &mut Conn,
    kind: NotificationKind,
    subject: impl Into<SubjectId>,
    text: &str,
    now: Timestamp,
) -> Result<()> {
    let admins: Vec<UserId> = users::table
        .filter(users::role.eq(Role::Admin))
        .filter(users::active.eq(true))
        .select(users::id)
        .load(conn)
        .await?;
    notify(conn, &admins, kind, subject, text, now).await
}

/// The actor's own notifications, newest first.
///
/// # Errors
/// [`Error::Invalid`] for a page that cannot be; [`Error::Forbidden`] for the desk itself and without the
/// scope.
pub async fn list(
    conn: &mut Conn,
    actor: &Actor,
    unread_only: bool,
    request: &PageRequest,
) -> Result<Page<Notification>> {
    actor.require_scope(Scope::TicketsRead)?;
    let mut query = Notification::query()
        .filter(notifications::user_id.eq(actor.user()?))
        .order(notifications::id.desc())
        .limit(request.limit()?)
        .into_boxed();
    if unread_only {
        query = query.filter(notifications::read_at.is_null());
    }
    if let Some(id) = request.key::<NotificationId>()? {
        query = query.filter(notifications::id.lt(id));
    }
    Ok(request.page(query.load(conn).await?))
}

/// One of the actor's own.
///
/// # Errors
/// [`Error::NotFound`] for missing ones and those of others alike; [`Error::Forbidden`] for the desk itself
/// and without the scope.
pub async fn find(conn: &mut Conn, actor: &Actor, id: NotificationId) -> Result<Notification> {
    actor.require_scope(Scope::TicketsRead)?;
    let found: Option<Notification> = Notification::query()
        .filter(notifications::id.eq(id))
        .filter(notifications::user_id.eq(actor.user()?))
        .first(conn)
        .await
        .optional()?;
    found.ok_or_else(|| Error::not_found("notification", "id"))
}

/// How many of the actor's own are unread.
///
/// # Errors
/// [`Error::Forbidden`] for the desk itself and without the scope.
pub async fn count_unread(conn: &mut Conn, actor: &Actor) -> Result<u64> {
    actor.require_scope(Scope::TicketsRead)?;
    let unread: i64 = notifications::table
        .filter(notifications::user_id.eq(actor.user()?))
        .filter(notifications::read_at.is_null())
        .count()
        .get_result(conn)
        .await?;
    Ok(unread.unsigned_abs())
}

/// Marks the actor's own as read; what was read before keeps its time.
///
/// # Errors
/// [`Error::Invalid`] for no ids or too many; [`Error::NotFound`], with nothing marked, when one is
/// missing or another's; [`Error::Forbidden`] for the desk itself and without the scope.
pub async fn mark_read(conn: &mut Conn, actor: &Actor, which: Which) -> Result<()> {
    actor.require_scope(Scope::TicketsRead)?;
    let own = notifications::user_id.eq(actor.user()?);
    let now = Timestamp::now();
    conn.transaction(async |conn| {
        let unread = notifications::table.filter(own).filter(notifications::read_at.is_null());
        let read = notifications::read_at.eq(now);
        let Which::These(mut ids) = which else {
            diesel::update(unread).set(read).execute(conn).await?;
            return Ok(());
        };
        ids.sort();
        ids.dedup();
        if ids.is_empty() || ids.len() > MARK_MAX {
            let message = format!("must name 1 to {MARK_MAX} notifications, got {}", ids.len());
            return Err(Error::invalid("ids", message));
        }
        let mine = notifications::table.filter(own).filter(one_of(notifications::id, &ids));
        let found: i64 = mine.count().get_result(conn).await?;
        if found.unsigned_abs() != ids.len() as u64 {
            return Err(Error::not_found("notification", "ids"));
        }
        let named = unread.filter(notifications::id.eq_any(&ids));
        diesel::update(named).set(read).execute(conn).await?;
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_round_trip() {
        NotificationKind::assert_round_trips();
    }
}

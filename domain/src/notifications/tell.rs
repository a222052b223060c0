//! Writing notifications.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Notification, NotificationKind, NotificationRef};
use crate::db::schema::{notifications, users};
use crate::error::Result;
use crate::ids::{MessageId, NotificationId, SubjectId, UserId};
use crate::users::{Role, preferences};
use crate::{Conn, Timestamp};

/// Longest text, in characters.
const TEXT_CHARS: usize = 500;

/// What there is to tell.
pub(super) struct News {
    pub kind: NotificationKind,
    pub subject_id: SubjectId,
    pub actor_id: Option<UserId>,
    pub message_id: Option<MessageId>,
    /// Cut where it is too long.
    pub text: String,
    pub at: Timestamp,
}

/// Tells several people, but for those who do not want to hear of the kind; call inside the transaction that
/// made it true, and name the result in its event.
pub(super) async fn tell(
    conn: &mut Conn,
    whom: &[UserId],
    news: &News,
) -> Result<Vec<NotificationRef>> {
    let whom = preferences::without_muted(conn, whom, news.kind).await?;
    let text: String = news.text.chars().take(TEXT_CHARS).collect();
    let row = |user: &UserId| Notification {
        id: NotificationId::new(),
        user_id: *user,
        kind: news.kind,
        subject_id: news.subject_id,
        text: text.clone(),
        created_at: news.at,
        read_at: None,
        actor_id: news.actor_id,
        message_id: news.message_id,
    };
    let rows: Vec<Notification> = whom.iter().map(row).collect();
    if !rows.is_empty() {
        diesel::insert_into(notifications::table).values(&rows).execute(conn).await?;
    }
    Ok(rows.iter().map(|row| NotificationRef { id: row.id, user_id: row.user_id }).collect())
}

/// Tells every active admin what the desk did by itself.
pub(crate) async fn tell_admins(
    conn: &mut Conn,
    kind: NotificationKind,
    subject: impl Into<SubjectId>,
    text: &str,
    at: Timestamp,
) -> Result<Vec<NotificationRef>> {
    let admins: Vec<UserId> = users::table
        .filter(users::role.eq(Role::Admin))
        .filter(users::active.eq(true))
        .select(users::id)
        .load(conn)
        .await?;
    let (subject_id, text) = (subject.into(), text.to_owned());
    let news = News { kind, subject_id, actor_id: None, message_id: None, text, at };
    tell(conn, &admins, &news).await
}

//! All SQL about users that more than one verb needs.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

use super::{Role, User, policy};
use crate::db::one_of;
use crate::db::schema::{queue_members, users};
use crate::error::{Error, Result};
use crate::ids::{QueueId, UserId};
use crate::{Actor, Conn};

/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub async fn find(conn: &mut Conn, id: UserId) -> Result<User> {
    let found = User::query().filter(users::id.eq(id)).first(conn).await.optional()?;
    found.ok_or_else(|| Error::not_found("user", "id"))
}

/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn exists(conn: &mut Conn, id: UserId) -> Result<bool> {
    let found = users::table.find(id).select(users::id).first::<UserId>(conn).await;
    Ok(found.optional()?.is_some())
}

/// A user by id, if the actor may see them.
///
/// # Errors
/// [`Error::NotFound`] for missing and invisible users alike.
pub async fn find_visible(conn: &mut Conn, actor: &Actor, id: UserId) -> Result<User> {
    if policy::can_see(actor, id) {
        return find(conn, id).await;
    }
    Err(Error::not_found("user", "id"))
}

/// Several users at once, in no order; missing ids are left out.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn find_many(conn: &mut Conn, ids: &[UserId]) -> Result<Vec<User>> {
    Ok(User::query().filter(one_of(users::id, ids)).load(conn).await?)
}

/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn find_by_email(conn: &mut Conn, email: &str) -> Result<Option<User>> {
    Ok(User::query().filter(users::email.eq(email)).first(conn).await.optional()?)
}

/// Number of users, whatever their role.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn count(conn: &mut Conn) -> Result<i64> {
    Ok(users::table.count().get_result(conn).await?)
}

/// Checks that a ticket of `queue` may be assigned to `id`: active staff who can see the queue.
///
/// # Errors
/// [`Error::Invalid`] for `assigneeId` saying which condition fails.
pub async fn require_assignable(conn: &mut Conn, id: UserId, queue: QueueId) -> Result<()> {
    let refuse = |why: &str| Err(Error::invalid("assigneeId", why));
    let user = User::query().filter(users::id.eq(id)).first(conn).await.optional()?;
    match user {
        None => refuse("no such user"),
        Some(user) if !user.active => refuse("this user is inactive"),
        Some(user) if user.role == Role::Customer => refuse("customers cannot be assigned"),
        Some(user) if user.role == Role::Admin => Ok(()),
        Some(_) => {
            let membership = queue_members::table.find((id, queue)).count();
            match membership.get_result::<i64>(conn).await? {
                0 => refuse("this user is not a member of the ticket's queue"),
                _ => Ok(()),
            }
        }
    }
}

/// Those who may see a queue's tickets: active staff who are members, and admins. In no order.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn who_may_see(conn: &mut Conn, ids: &[UserId], queue: QueueId) -> Result<Vec<UserId>> {
    let is_member = queue_members::user_id.eq(users::id).and(queue_members::queue_id.eq(queue));
    Ok(users::table
        .left_join(queue_members::table.on(is_member))
        .filter(one_of(users::id, ids))
        .filter(users::active.eq(true))
        .filter(
            users::role
                .eq(Role::Admin)
                .or(users::role.ne(Role::Customer).and(queue_members::user_id.is_not_null())),
        )
        .select(users::id)
        .load(conn)
        .await?)
}

/// Whom tickets of several queues may be assigned to, by name: active members, and active admins. Queues of
/// which there is nobody are left out.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn assignable_in(
    conn: &mut Conn,
    queues: &[QueueId],
) -> Result<HashMap<QueueId, Vec<User>>> {
    let members: Vec<(QueueId, User)> = queue_members::table
        .inner_join(users::table.on(users::id.eq(queue_members::user_id)))
        .filter(one_of(queue_members::queue_id, queues))
        .filter(users::active.eq(true))
        .filter(users::role.ne(Role::Customer))
        .filter(users::role.ne(Role::Admin))
        .select((queue_members::queue_id, User::as_select()))
        .load(conn)
        .await?;
    let admins: Vec<User> = User::query()
        .filter(users::role.eq(Role::Admin))
        .filter(users::active.eq(true))
        .load(conn)
        .await?;
    let mut by_queue: HashMap<QueueId, Vec<User>> =
        queues.iter().map(|queue| (*queue, admins.clone())).collect();
    for (queue, user) in members {
        by_queue.entry(queue).or_default().push(user);
    }
    for people in by_queue.values_mut() {
        people.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    }
    by_queue.retain(|_, people| !people.is_empty());
    Ok(by_queue)
}

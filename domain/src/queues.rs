//! Queues: where tickets wait, and who may work there.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use std::collections::BTreeMap;

use crate::actor::Scope;
use crate::db::schema::{queue_members, queues};
use crate::db::{one_of, violated_key};
use crate::error::{ConflictCode, Error, FieldErrors, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent, RightChange};
use crate::ids::{QueueId, SubjectId, UserId};
use crate::users::{self, Role};
use crate::{Actor, Conn, Timestamp};

crate::text_enum! {
    /// What a member may do in a queue; each includes the ones before it.
    pub enum QueueRight {
        /// See tickets, notes and suggestions.
        Read = "read",
        /// Reply, note, claim, assign and change tickets.
        Reply = "reply",
        /// Manage the queue's members.
        Manage = "manage",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = queues)]
pub struct Queue {
    pub id: QueueId,
    /// Unique without regard to case.
    pub name: String,
    pub description: String,
    /// Takes the tickets that name no queue, customers' among them; one queue has it.
    pub is_default: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = queue_members)]
pub struct Membership {
    pub queue_id: QueueId,
    pub user_id: UserId,
    #[diesel(column_name = queue_right)]
    pub right: QueueRight,
}

/// Fields to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct QueueChange {
    pub name: Option<String>,
    pub description: Option<String>,
    /// `Some(true)` takes it from the queue that has it; `Some(false)` is refused.
    pub is_default: Option<bool>,
}

#[derive(AsChangeset)]
#[diesel(table_name = queues)]
struct Changeset {
    name: Option<String>,
    description: Option<String>,
    is_default: Option<bool>,
    updated_at: Timestamp,
}

/// Creates a queue; the first one becomes the default. Admins only.
///
/// # Errors
/// [`Error::Invalid`]; [`ConflictCode::AlreadyExists`]; [`Error::Forbidden`].
pub async fn create(
    conn: &mut Conn,
    actor: &Actor,
    name: &str,
    description: &str,
) -> Result<Queue> {
    actor.require_admin(Scope::Admin)?;
    let mut errors = FieldErrors::default();
    let (name, description) = errors.name_and_description(Some(name), Some(description));
    errors.into_result()?;
    let now = Timestamp::now();
    conn.transaction(async |conn| {
        let queues_before: i64 = queues::table.count().get_result(conn).await?;
        let row = Queue {
            id: QueueId::new(),
            name: name.unwrap_or_default(),
            description: description.unwrap_or_default(),
            is_default: queues_before == 0,
            created_at: now,
            updated_at: now,
        };
        let inserted = diesel::insert_into(queues::table).values(&row).execute(conn).await;
        inserted.map_err(|error| explain(error, &row.name))?;
        append_event(conn, actor, EventKind::QueueChanged, row.id.into(), "created".into()).await?;
        Ok(row)
    })
    .await
}

/// Renames or describes a queue, or makes it the default one. Admins only.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`].
pub async fn update(
    conn: &mut Conn,
    actor: &Actor,
    id: QueueId,
    change: QueueChange,
) -> Result<Queue> {
    actor.require_admin(Scope::Admin)?;
    let mut errors = FieldErrors::default();
    let (name, description) =
        errors.name_and_description(change.name.as_deref(), change.description.as_deref());
    if change.is_default == Some(false) {
        errors.add("isDefault", "make another queue the default instead");
    }
    errors.into_result()?;
    let changeset = Changeset {
        name,
        description,
        is_default: change.is_default,
        updated_at: Timestamp::now(),
    };
    conn.transaction(async |conn| {
        if change.is_default.is_some() {
            diesel::update(queues::table.filter(queues::is_default.eq(true)))
                .set(queues::is_default.eq(false))
                .execute(conn)
                .await?;
        }
        let updated = diesel::update(queues::table.find(id)).set(&changeset).execute(conn).await;
        let name = changeset.name.as_deref().unwrap_or_default();
        if updated.map_err(|error| explain(error, name))? == 0 {
            return Err(Error::not_found("queue", "id"));
        }
        append_event(conn, actor, EventKind::QueueChanged, id.into(), "changed".into()).await?;
        find(conn, id).await
    })
    .await
}

/// Gives a user a right on a queue, changes it, or with `None` takes the membership away.
///
/// Admins, and members with the right to manage the queue.
///
/// # Errors
/// [`Error::NotFound`] for the queue; [`Error::Invalid`] when the user is unknown or a customer;
/// [`Error::Forbidden`].
pub async fn set_membership(
    conn: &mut Conn,
    actor: &Actor,
    queue: QueueId,
    user: UserId,
    right: Option<QueueRight>,
) -> Result<()> {
    actor.require_scope(Scope::Admin)?;
    match actor.queue_right(queue) {
        None => return Err(Error::not_found("queue", "queueId")),
        Some(QueueRight::Manage) => {}
        Some(_) => return Err(Error::Forbidden("this needs the right to manage the queue".into())),
    }
    conn.transaction(async |conn| {
        find(conn, queue).await.map_err(|_| Error::not_found("queue", "queueId"))?;
        let member =
            users::find(conn, user).await.map_err(|_| Error::invalid("userId", "no such user"))?;
        if member.role == Role::Customer {
            return Err(Error::invalid("userId", "customers cannot be members of a queue"));
        }
        let from: Option<QueueRight> = queue_members::table
            .find((user, queue))
            .select(queue_members::queue_right)
            .for_update()
            .first(conn)
            .await
            .optional()?;
        let note = match right {
            Some(right) => {
                let row = Membership { queue_id: queue, user_id: user, right };
                diesel::replace_into(queue_members::table).values(&row).execute(conn).await?;
                format!("{right} on queue {queue}")
            }
            None => {
                diesel::delete(queue_members::table.find((user, queue))).execute(conn).await?;
                format!("no right on queue {queue}")
            }
        };
        let payload = EventPayload {
            right: Some(RightChange { queue_id: queue, from, to: right }),
            note: Some(note),
            ..Default::default()
        };
        let kind = EventKind::MembershipChanged;
        events::append(conn, &[NewEvent::new(kind, actor, user, Timestamp::now(), payload)]).await
    })
    .await
}

/// Queues the actor may see tickets of, by name; none for customers.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn list(conn: &mut Conn, actor: &Actor) -> Result<Vec<Queue>> {
    actor.require_scope(Scope::TicketsRead)?;
    let mut query = Queue::query().order(queues::name.asc()).into_boxed();
    if !actor.is_admin() {
        query = query.filter(one_of(queues::id, &visible_ids(actor)));
    }
    Ok(query.load(conn).await?)
}

/// One queue, if the actor may see it.
///
/// # Errors
/// [`Error::NotFound`] for missing and invisible queues alike.
pub async fn find_visible(conn: &mut Conn, actor: &Actor, id: QueueId) -> Result<Queue> {
    actor.require_scope(Scope::TicketsRead)?;
    match actor.queue_right(id) {
        Some(_) => find(conn, id).await,
        None => Err(Error::not_found("queue", "id")),
    }
}

/// Several queues at once, in no order.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn find_many(conn: &mut Conn, ids: &[QueueId]) -> Result<Vec<Queue>> {
    Ok(Queue::query().filter(one_of(queues::id, ids)).load(conn).await?)
}

/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn find_by_name(conn: &mut Conn, name: &str) -> Result<Option<Queue>> {
    Ok(Queue::query().filter(queues::name.eq(name)).first(conn).await.optional()?)
}

/// Where a ticket goes that names no queue.
///
/// # Errors
/// [`Error::Invalid`] for `queueId` while the desk has no queue.
pub async fn default_queue(conn: &mut Conn) -> Result<Queue> {
    let found = Queue::query().filter(queues::is_default.eq(true)).first(conn).await.optional()?;
    found.ok_or_else(|| Error::invalid("queueId", "the desk has no queue yet; create one first"))
}

/// Members of several queues.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn members_of(conn: &mut Conn, ids: &[QueueId]) -> Result<Vec<Membership>> {
    Ok(Membership::query()
        .filter(one_of(queue_members::queue_id, ids))
        .order((queue_members::queue_id.asc(), queue_members::user_id.asc()))
        .load(conn)
        .await?)
}

/// The queues that several users are members of.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn memberships_of(conn: &mut Conn, users: &[UserId]) -> Result<Vec<Membership>> {
    Ok(Membership::query()
        .filter(one_of(queue_members::user_id, users))
        .order((queue_members::user_id.asc(), queue_members::queue_id.asc()))
        .load(conn)
        .await?)
}

/// One user's rights.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn rights_of(conn: &mut Conn, user: UserId) -> Result<BTreeMap<QueueId, QueueRight>> {
    let rows: Vec<Membership> =
        Membership::query().filter(queue_members::user_id.eq(user)).load(conn).await?;
    Ok(rows.into_iter().map(|row| (row.queue_id, row.right)).collect())
}

pub(crate) fn visible_ids(actor: &Actor) -> Vec<QueueId> {
    if actor.is_staff() { actor.queue_rights.keys().copied().collect() } else { Vec::new() }
}

async fn find(conn: &mut Conn, id: QueueId) -> Result<Queue> {
    let found = Queue::query().filter(queues::id.eq(id)).first(conn).await.optional()?;
    found.ok_or_else(|| Error::not_found("queue", "id"))
}

fn explain(error: diesel::result::Error, name: &str) -> Error {
    match violated_key(&error) {
        Some("queues_name") => Error::conflict(
            ConflictCode::AlreadyExists,
            "name",
            format!("there is already a queue named {name:?}"),
        ),
        _ => error.into(),
    }
}

async fn append_event(
    conn: &mut Conn,
    actor: &Actor,
    kind: EventKind,
    subject: SubjectId,
    note: String,
) -> Result<()> {
    let payload = EventPayload { note: Some(note), ..Default::default() };
    events::append(conn, &[NewEvent::new(kind, actor, subject, Timestamp::now(), payload)]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_round_trip_and_include_the_ones_before() {
        QueueRight::assert_round_trips();
        assert!(QueueRight::Read < QueueRight::Reply && QueueRight::Reply < QueueRight::Manage);
    }
}

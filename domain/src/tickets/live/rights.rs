//! The subscriber's rights, as they were at a place in the log.

use diesel_async::AsyncConnection;

use crate::db::{Pool, read_one_moment};
use crate::error::{Error, Result};
use crate::events::{self, CLOCK, EventKind, LogEvent, Position};
use crate::queues::QueueRight;
use crate::{Actor, Conn, sessions};

/// What an event does to a subscriber's rights.
#[derive(Debug, PartialEq)]
pub(super) enum Heed {
    Same,
    /// Rights on queues are these now.
    Other(Actor),
    /// The actor is inactive, or in another role, for which the stream was not made.
    Gone,
}

/// Present rights, and those at `position`; both are `None` when the role has changed since.
///
/// # Errors
/// [`Error::Unauthenticated`] when the user is inactive now; [`Error::Unavailable`].
pub(super) async fn rights_at(
    conn: &mut Conn,
    actor: &Actor,
    position: Position,
) -> Result<Option<(Actor, Actor)>> {
    let Some(user) = actor.user_id else { return Ok(Some((actor.clone(), actor.clone()))) };
    read_one_moment(conn).await?;
    let (present, since) = conn
        .transaction(async |conn| {
            let present = sessions::actor_of_user(conn, user, actor.scopes.clone()).await?;
            Ok::<_, Error>((present, events::since(conn, user, position).await?))
        })
        .await?;
    let mut then = present.clone();
    for event in since.iter().rev().filter(|event| event.kind.changes_rights()) {
        match (&event.payload.right, &event.payload.role) {
            (_, Some(_)) => return Ok(None),
            (Some(change), _) => set_right(&mut then, change.queue_id, change.from),
            // Written by a version that did not say which right it was.
            (None, None) if event.kind == EventKind::MembershipChanged => return Ok(None),
            (None, None) => {}
        }
    }
    Ok(Some((present, then)))
}

/// Looks at an event about the actor. Waits while the database is away.
pub(super) async fn heed(pool: &Pool, actor: &Actor, event: &LogEvent) -> Heed {
    if let Some(change) = &event.payload.right {
        let mut next = actor.clone();
        set_right(&mut next, change.queue_id, change.to);
        return if next == *actor { Heed::Same } else { Heed::Other(next) };
    }
    loop {
        match reload(pool, actor).await {
            // It does not say which right it was: the present ones hold, and count as of here.
            Ok(present) if event.kind == EventKind::MembershipChanged && present != *actor => {
                let is_same_role = present.role == actor.role;
                return if is_same_role { Heed::Other(present) } else { Heed::Gone };
            }
            Ok(present) if present.role == actor.role => return Heed::Same,
            Err(Error::Unavailable(_)) => tokio::time::sleep(CLOCK).await,
            Ok(_) | Err(_) => return Heed::Gone,
        }
    }
}

async fn reload(pool: &Pool, actor: &Actor) -> Result<Actor> {
    let user = actor.user()?;
    sessions::actor_of_user(&mut *pool.get().await?, user, actor.scopes.clone()).await
}

fn set_right(actor: &mut Actor, queue: crate::ids::QueueId, right: Option<QueueRight>) {
    match right {
        Some(right) => actor.queue_rights.insert(queue, right),
        None => actor.queue_rights.remove(&queue),
    };
}

//! Who may see and keep canned replies.

use super::CannedReply;
use crate::actor::Scope;
use crate::error::{Error, Result};
use crate::ids::QueueId;
use crate::queues::{self, QueueRight};
use crate::{Actor, Conn};

/// Staff see what is for all queues and what is for those they see.
pub(super) fn can_see(actor: &Actor, reply: &CannedReply) -> bool {
    let sees = |queue| actor.queue_right(queue).is_some();
    actor.is_staff() && reply.queue_id.is_none_or(sees)
}

/// As [`require_manage`], and there must be such a queue: what a reply needs that is to be for it.
///
/// # Errors
/// As [`require_manage`]; [`Error::Unavailable`] when the database is away.
pub(super) async fn require_keeper(
    conn: &mut Conn,
    actor: &Actor,
    queue: Option<QueueId>,
) -> Result<()> {
    require_manage(actor, queue)?;
    // A membership is proof that there is such a queue.
    let unproven = queue.filter(|queue| !actor.queue_rights.contains_key(queue));
    match unproven {
        Some(queue) if queues::find_many(conn, &[queue]).await?.is_empty() => {
            Err(Error::invalid("queueId", "no such queue"))
        }
        _ => Ok(()),
    }
}

/// Admins keep all; whoever may manage a queue keeps its replies.
///
/// # Errors
/// [`Error::Invalid`] for a queue the actor does not see; [`Error::Forbidden`].
pub(super) fn require_manage(actor: &Actor, queue: Option<QueueId>) -> Result<()> {
    actor.require_staff(Scope::Admin)?;
    let Some(queue) = queue else {
        return match actor.is_admin() {
            true => Ok(()),
            false => {
                Err(Error::Forbidden("only admins keep the canned replies of all queues".into()))
            }
        };
    };
    match actor.queue_right(queue) {
        None => Err(Error::invalid("queueId", "no such queue")),
        Some(QueueRight::Manage) => Ok(()),
        Some(_) => Err(Error::Forbidden("this needs the right to manage the queue".into())),
    }
}

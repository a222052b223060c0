//! Who may see and keep canned replies.

use super::CannedReply;
use crate::Actor;
use crate::actor::Scope;
use crate::error::{Error, Result};
use crate::ids::QueueId;
use crate::queues::QueueRight;

/// Staff see what is for all queues and what is for those they see.
pub(super) fn can_see(actor: &Actor, reply: &CannedReply) -> bool {
    let sees = |queue| actor.queue_right(queue).is_some();
    actor.is_staff() && reply.queue_id.is_none_or(sees)
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

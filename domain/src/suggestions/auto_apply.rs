//! Queues that take sure suggestions without asking.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::LabelKind;
use crate::actor::Scope;
use crate::db::one_of;
use crate::db::schema::{queue_auto_apply, queues as queues_table};
use crate::error::{Error, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent};
use crate::ids::QueueId;
use crate::queues::QueueRight;
use crate::{Actor, Conn, Timestamp};

/// A queue's rule for one label kind: new suggestions for its tickets that are as probable as the
/// threshold are applied at once.
#[derive(Debug, Clone, Copy, PartialEq, HasQuery, Insertable)]
#[diesel(table_name = queue_auto_apply)]
pub struct AutoApply {
    pub queue_id: QueueId,
    pub kind: LabelKind,
    /// Calibrated probability, 0.5 to 1.
    pub threshold: f64,
}

/// Sets from which probability on the queue's tickets get labels of a kind without asking; `None`
/// ends it. Labels that were applied before stay. Admins, and members with the right to manage.
///
/// # Errors
/// [`Error::Invalid`] for `threshold` outside of 0.5 to 1; [`Error::NotFound`] for the queue;
/// [`Error::Forbidden`].
pub async fn set_auto_apply(
    conn: &mut Conn,
    actor: &Actor,
    queue: QueueId,
    kind: LabelKind,
    threshold: Option<f64>,
) -> Result<()> {
    actor.require_scope(Scope::Admin)?;
    match actor.queue_right(queue) {
        None => return Err(Error::not_found("queue", "queueId")),
        Some(QueueRight::Manage) => {}
        Some(_) => return Err(Error::Forbidden("this needs the right to manage the queue".into())),
    }
    if let Some(value) = threshold
        && !(0.5..=1.0).contains(&value)
    {
        return Err(Error::invalid("threshold", format!("must be 0.5 to 1, got {value}")));
    }
    conn.transaction(async |conn| {
        // One at a time for each queue, so that the log ends with what holds.
        let known: Option<QueueId> = queues_table::table
            .find(queue)
            .select(queues_table::id)
            .for_update()
            .first(conn)
            .await
            .optional()?;
        if known.is_none() {
            return Err(Error::not_found("queue", "queueId"));
        }
        let present = AutoApply::query()
            .filter(queue_auto_apply::queue_id.eq(queue))
            .filter(queue_auto_apply::kind.eq(kind))
            .first(conn)
            .await
            .optional()?;
        if present.map(|rule| rule.threshold) == threshold {
            return Ok(());
        }
        let note = match threshold {
            Some(threshold) => {
                let row = AutoApply { queue_id: queue, kind, threshold };
                diesel::replace_into(queue_auto_apply::table).values(&row).execute(conn).await?;
                format!("applies suggestions of {kind} from {threshold}")
            }
            None => {
                diesel::delete(queue_auto_apply::table.find((queue, kind))).execute(conn).await?;
                format!("applies no suggestions of {kind}")
            }
        };
        let payload = EventPayload { note: Some(note), ..Default::default() };
        let event = NewEvent::new(EventKind::QueueChanged, actor, queue, Timestamp::now(), payload);
        events::append(conn, &[event]).await
    })
    .await
}

/// The rules of several queues, by kind.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn auto_apply_of(conn: &mut Conn, queues: &[QueueId]) -> Result<Vec<AutoApply>> {
    Ok(AutoApply::query()
        .filter(one_of(queue_auto_apply::queue_id, queues))
        .order((queue_auto_apply::queue_id.asc(), queue_auto_apply::kind.asc()))
        .load(conn)
        .await?)
}

//! Who sees, shares and changes views.

use diesel::dsl::sql;
use diesel::expression::BoxableExpression;
use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::{Audience, SavedView, Sharing};
use crate::Actor;
use crate::actor::Scope;
use crate::db::one_of;
use crate::db::schema::saved_views;
use crate::error::{Error, Result};
use crate::queues::{self, QueueRight};
use crate::users::Role;

type Predicate = Box<dyn BoxableExpression<saved_views::table, Mysql, SqlType = Bool>>;

/// One's own, those for all staff, and those for the queues one sees. Staff only.
pub(super) fn visible_to(actor: &Actor) -> Result<Predicate> {
    actor.require_staff(Scope::TicketsRead)?;
    let own = saved_views::owner_id.eq(actor.user()?);
    let shared = saved_views::sharing.eq(Sharing::Everyone);
    let of_queues = saved_views::sharing.eq(Sharing::Queue);
    if actor.is_admin() {
        return Ok(Box::new(own.or(shared).or(of_queues)));
    }
    let seen = one_of(saved_views::queue_id.assume_not_null(), &queues::visible_ids(actor));
    let seen = of_queues.and(sql::<Bool>("queue_id IS NOT NULL")).and(seen);
    Ok(Box::new(own.or(shared).or(seen)))
}

/// Whether the actor may have a view shown to these.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`] for `queueId` when the actor sees no such queue.
pub(super) fn require_share(actor: &Actor, audience: Audience) -> Result<()> {
    match audience {
        Audience::Nobody => Ok(()),
        Audience::Everyone if matches!(actor.role, Role::Lead | Role::Admin) => Ok(()),
        Audience::Everyone => {
            Err(Error::Forbidden("only leads and admins can share views with everyone".into()))
        }
        Audience::Queue(queue) => match actor.queue_right(queue) {
            Some(QueueRight::Manage) => Ok(()),
            Some(_) => Err(Error::Forbidden(
                "this needs the right to manage the queue that shares the view".into(),
            )),
            None => Err(Error::invalid("queueId", "no such queue")),
        },
    }
}

/// Whether the actor may change or delete a view they see: its owner, and who may share like that.
pub fn may_change(actor: &Actor, view: &SavedView) -> bool {
    let may_manage = match view.audience {
        Audience::Nobody => false,
        Audience::Everyone => actor.is_admin(),
        Audience::Queue(queue) => actor.queue_right(queue) == Some(QueueRight::Manage),
    };
    actor.user_id == Some(view.owner_id) || may_manage
}

/// # Errors
/// [`Error::Forbidden`] unless [`may_change`].
pub(super) fn require_change(actor: &Actor, view: &SavedView) -> Result<()> {
    if may_change(actor, view) {
        return Ok(());
    }
    Err(Error::Forbidden("only its owner and who manages it can change this view".into()))
}

//! Who may see and manage people.

use crate::Actor;
use crate::actor::Scope;
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::users::Role;

/// Staff see everybody; customers only themselves.
pub fn can_see(actor: &Actor, user: UserId) -> bool {
    actor.user_id == Some(user)
        || (actor.is_staff() && actor.require_scope(Scope::UsersRead).is_ok())
}

/// Admins manage every role, other staff only customers.
pub(super) fn require_manage(actor: &Actor, roles: &[Role]) -> Result<()> {
    actor.require_staff(Scope::UsersWrite)?;
    if actor.is_admin() || roles.iter().all(|role| *role == Role::Customer) {
        return Ok(());
    }
    Err(Error::Forbidden("only admins can manage agents, leads and admins".into()))
}

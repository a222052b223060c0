//! People lists.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Role, User};
use crate::actor::Scope;
use crate::db::pattern;
use crate::db::schema::users;
use crate::error::Result;
use crate::ids::{OrganisationId, UserId};
use crate::page::{Page, PageRequest, encode};
use crate::{Actor, Conn};

#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Empty: every role.
    pub roles: Vec<Role>,
    pub active: Option<bool>,
    pub organisation_id: Option<OrganisationId>,
    /// Beginning of the name or the address.
    pub starts_with: Option<String>,
    /// Words, each of which begins the address or a word of the name.
    pub text: Option<String>,
}

impl User {
    /// Cursor of this row in [`list`].
    pub fn cursor(&self) -> String {
        encode(&(&self.name, self.id))
    }
}

/// Users by name. Staff only.
///
/// # Errors
/// [`crate::Error::Forbidden`] for customers; [`crate::Error::Invalid`] for a bad page.
pub async fn list(
    conn: &mut Conn,
    actor: &Actor,
    filter: &UserFilter,
    page: &PageRequest,
) -> Result<Page<User>> {
    actor.require_staff(Scope::UsersRead)?;
    let mut query =
        User::query().order((users::name.asc(), users::id.asc())).limit(page.limit()?).into_boxed();
    if !filter.roles.is_empty() {
        query = query.filter(users::role.eq_any(&filter.roles));
    }
    if let Some(active) = filter.active {
        query = query.filter(users::active.eq(active));
    }
    if let Some(organisation) = filter.organisation_id {
        query = query.filter(users::organisation_id.eq(organisation));
    }
    if let Some(start) = &filter.starts_with {
        let pattern = pattern::beginning(start);
        query = query.filter(users::name.like(pattern.clone()).or(users::email.like(pattern)));
    }
    for (start, inside) in pattern::words(filter.text.as_deref().unwrap_or_default()) {
        query = query.filter(
            users::name
                .like(start.clone())
                .or(users::name.like(inside))
                .or(users::email.like(start)),
        );
    }
    if let Some((name, id)) = page.key::<(String, UserId)>()? {
        query = query
            .filter(users::name.gt(name.clone()).or(users::name.eq(name).and(users::id.gt(id))));
    }
    Ok(page.page(query.load(conn).await?))
}

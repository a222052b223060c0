//! People lists.

use async_graphql::connection::EmptyFields;
use async_graphql::{Context, ID, InputObject, Object};
use deskwire_domain::error::Result;
use deskwire_domain::users::{self, UserFilter};

use super::object::{User, UserRole};
use crate::graphql::connection::{Rows, connection, list_cost, page_request};
use crate::graphql::context::ContextExt;
use crate::graphql::error::ApiResult;
use crate::graphql::ids::domain;

/// Which users to show; all given conditions must hold.
#[derive(Default, InputObject)]
struct UserFilterInput {
    /// With one of these roles.
    #[graphql(default)]
    roles: Vec<UserRole>,
    /// Active or inactive ones; both if not given.
    active: Option<bool>,
    /// Members of this organisation.
    organisation_id: Option<ID>,
    /// Whose name or address begins like this.
    starts_with: Option<String>,
    /// Words, at most eight count: each must begin the address or a word of the name.
    text: Option<String>,
}

impl UserFilterInput {
    fn check(self) -> Result<UserFilter> {
        let organisation = self.organisation_id.as_ref();
        Ok(UserFilter {
            roles: self.roles.into_iter().map(Into::into).collect(),
            active: self.active,
            organisation_id: organisation
                .map(|id| domain(id, "filter.organisationId"))
                .transpose()?,
            starts_with: self.starts_with,
            text: self.text,
        })
    }
}

#[derive(Default)]
pub struct UserQuery;

#[Object]
impl UserQuery {
    /// Users by name. Staff only. Scope `users:read`.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Everybody if not given.")] filter: Option<UserFilterInput>,
        #[graphql(desc = "Rows wanted, 1 to 100; 25 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the row before the first wanted one.")] after: Option<String>,
    ) -> ApiResult<Rows<User>> {
        let request = page_request(first, after)?;
        let filter = filter.unwrap_or_default().check()?;
        let page = users::list(&mut *ctx.conn().await?, ctx.actor()?, &filter, &request).await?;
        Ok(connection(&request, page, EmptyFields, |user| (user.cursor(), User(user))))
    }
}

//! People: customers who ask, agents and leads who answer, admins who run the desk.

mod create;
mod directory;
mod list;
mod password;
mod policy;
pub mod preferences;
mod profile;
mod queries;
mod rules;
mod update;

use diesel::prelude::*;

use crate::Timestamp;
use crate::db::schema::users;
use crate::ids::{OrganisationId, UserId};

pub use create::{UserDraft, create, find_or_create_customer};
pub use directory::Directory;
pub use list::{UserFilter, list};
pub(crate) use password::check as check_password;
pub use password::{PASSWORD_MIN_CHARS, hash_password, verify_password};
pub use policy::can_see;
pub use preferences::{Preferences, Theme};
pub use profile::{ProfileChange, update_profile};
pub use queries::{
    assignable_in, count, exists, find, find_by_email, find_many, find_visible, require_assignable,
    who_may_see,
};
pub(crate) use rules::check_email;
pub use update::{UserChange, update};

crate::text_enum! {
    pub enum Role {
        /// Asks for help; sees only their own tickets and never anything internal.
        Customer = "customer",
        /// Works on tickets of the queues they are a member of.
        Agent = "agent",
        /// An agent who manages the queues they are a member of.
        Lead = "lead",
        /// Sees and manages everything.
        Admin = "admin",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = users)]
pub struct User {
    pub id: UserId,
    /// Unique without regard to case.
    pub email: String,
    pub name: String,
    pub role: Role,
    /// An inactive user cannot sign in and gets no work; their history stays.
    pub active: bool,
    pub organisation_id: Option<OrganisationId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    #[test]
    fn roles_round_trip() {
        super::Role::assert_round_trips();
    }
}

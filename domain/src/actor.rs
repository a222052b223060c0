//! Who is asking, and what they may do at most.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::ids::{QueueId, UserId};
use crate::queues::QueueRight;
use crate::users::Role;

crate::text_enum! {
    /// What an API token may be used for; a signed-in person has all of them.
    pub enum Scope {
        /// Read tickets, messages, suggestions and their live stream.
        TicketsRead = "tickets:read",
        /// Create and change tickets, reply, decide suggestions.
        TicketsWrite = "tickets:write",
        /// Read users and organisations.
        UsersRead = "users:read",
        /// Create and change users and organisations.
        UsersWrite = "users:write",
        /// Manage queues, memberships, categories, tokens, models and jobs.
        Admin = "admin",
    }
}

/// What a client calls itself, so that it recognises its own events in the live stream.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// Longest name, in characters.
    pub const MAX_CHARS: usize = 64;

    /// # Errors
    /// [`Error::Invalid`] for `origin` unless it has 1 to [`Origin::MAX_CHARS`] visible ASCII
    /// characters.
    pub fn parse(name: &[u8]) -> Result<Self> {
        match str::from_utf8(name) {
            Ok(text)
                if (1..=Self::MAX_CHARS).contains(&name.len())
                    && text.bytes().all(|byte| byte.is_ascii_graphic()) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(Error::invalid(
                "origin",
                format!("must have 1 to {} visible ASCII characters", Self::MAX_CHARS),
            )),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A user, or the desk itself, with the rights that hold for one request or one open stream.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Actor {
    /// `None` for the desk itself: import, workers, the command line.
    pub user_id: Option<UserId>,
    pub role: Role,
    /// Rights of this actor, by queue; a queue that is missing is invisible to agents.
    pub queue_rights: BTreeMap<QueueId, QueueRight>,
    /// `None` means every scope.
    pub scopes: Option<Vec<Scope>>,
    /// Written with every event the actor causes; says nothing about rights.
    pub origin: Option<Origin>,
}

impl Actor {
    /// The desk itself: may do everything and writes events without an actor.
    pub fn system() -> Self {
        Self {
            user_id: None,
            role: Role::Admin,
            queue_rights: BTreeMap::new(),
            scopes: None,
            origin: None,
        }
    }

    /// The acting user.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for the desk itself, where only a person can act.
    pub fn user(&self) -> Result<UserId> {
        self.user_id.ok_or_else(|| Error::Forbidden("only a user can do this".into()))
    }

    /// Agents, leads and admins; everyone who works on tickets.
    pub fn is_staff(&self) -> bool {
        self.role != Role::Customer
    }

    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }

    /// Right on one queue; admins may do everything everywhere, leads manage where they are members.
    pub fn queue_right(&self, queue: QueueId) -> Option<QueueRight> {
        match self.role {
            Role::Admin => Some(QueueRight::Manage),
            Role::Lead => self.queue_rights.get(&queue).map(|_| QueueRight::Manage),
            Role::Agent => self.queue_rights.get(&queue).copied(),
            Role::Customer => None,
        }
    }

    /// # Errors
    /// [`Error::Forbidden`] naming the scope the token lacks.
    pub fn require_scope(&self, scope: Scope) -> Result<()> {
        match &self.scopes {
            Some(scopes) if !scopes.contains(&scope) => {
                Err(Error::Forbidden(format!("this token lacks the scope {scope}")))
            }
            _ => Ok(()),
        }
    }

    /// # Errors
    /// [`Error::Forbidden`] for customers and tokens without `scope`.
    pub fn require_staff(&self, scope: Scope) -> Result<()> {
        self.require_scope(scope)?;
        if self.is_staff() {
            Ok(())
        } else {
            Err(Error::Forbidden("only agents can do this".into()))
        }
    }

    /// # Errors
    /// [`Error::Forbidden`] for everyone but admins and tokens without `scope`.
    pub fn require_admin(&self, scope: Scope) -> Result<()> {
        self.require_scope(scope)?;
        if self.is_admin() {
            Ok(())
        } else {
            Err(Error::Forbidden("only admins can do this".into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_round_trip() {
        Scope::assert_round_trips();
    }

    #[test]
    fn origins_are_short_and_visible() {
        let longest = "x".repeat(64);
        for name in ["a", "tab-7f3a/2", "~!", &longest] {
            assert_eq!(Origin::parse(name.as_bytes()).unwrap().as_str(), name);
        }
        for name in ["", "a b", "tab\t", "\u{e4}", "\u{7f}", &"x".repeat(65)] {
            assert!(Origin::parse(name.as_bytes()).is_err(), "{name:?}");
        }
        assert!(Origin::parse(b"\xff").is_err());
    }

    #[test]
    fn queue_rights_follow_role_and_membership() {
        let (mine, other) = (QueueId::new(), QueueId::new());
        for (role, on_mine, on_other) in [
            (Role::Customer, None, None),
            (Role::Agent, Some(QueueRight::Read), None),
            (Role::Lead, Some(QueueRight::Manage), None),
            (Role::Admin, Some(QueueRight::Manage), Some(QueueRight::Manage)),
        ] {
            let rights = BTreeMap::from([(mine, QueueRight::Read)]);
            let actor = Actor { role, queue_rights: rights, ..Actor::system() };
            assert_eq!((actor.queue_right(mine), actor.queue_right(other)), (on_mine, on_other));
        }
    }

    #[test]
    fn a_token_is_held_to_its_scopes() {
        let actor = Actor { scopes: Some(vec![Scope::TicketsRead]), ..Actor::system() };
        assert!(actor.require_scope(Scope::TicketsRead).is_ok());
        let error = actor.require_admin(Scope::Admin).unwrap_err();
        assert_eq!(error.to_string(), "this token lacks the scope admin");
    }
}

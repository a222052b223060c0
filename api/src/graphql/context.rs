//! What resolvers find in their context.

use async_graphql::Context;
use deskwire_domain::actor::Origin;
use deskwire_domain::db::Pooled;
use deskwire_domain::sessions::Authenticated;
use deskwire_domain::users::Role;
use deskwire_domain::{Actor, Desk, Error};
use secrecy::SecretString;

use super::batches::BatchLoader;
use super::error::{ApiError, ApiResult};
use super::scalars::Cursor;

/// How the caller presented their credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// A browser's session cookie.
    Cookie,
    /// `Authorization: Bearer`, or the same in `connection_init`.
    Bearer,
}

/// Who is asking; put into every request and socket.
#[derive(Debug, Clone)]
pub struct Caller {
    pub authenticated: Option<Authenticated>,
    /// The secret that was presented, so that signing out can end it.
    pub secret: Option<SecretString>,
    pub transport: Transport,
    /// Address the request came from, as far as it is known; only to limit sign-in attempts.
    pub address: String,
    /// What the client calls itself.
    pub origin: Option<Origin>,
}

/// Settings resolvers need.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub secure_cookies: bool,
}

#[allow(async_fn_in_trait, reason = "used inside this crate only, on one type")]
pub trait ContextExt {
    fn desk(&self) -> &Desk;
    fn caller(&self) -> ApiResult<&Caller>;
    /// The signed-in actor.
    ///
    /// # Errors
    /// UNAUTHENTICATED when nobody is signed in.
    fn actor(&self) -> ApiResult<&Actor>;
    fn batches(&self) -> ApiResult<&BatchLoader>;
    /// # Errors
    /// SERVICE_UNAVAILABLE when the database is away.
    async fn conn(&self) -> ApiResult<Pooled>;
    /// Where the log stands after a change; null when the database went away right after it.
    async fn settle(&self) -> Option<Cursor>;
    fn is_staff(&self) -> bool;
}

impl ContextExt for Context<'_> {
    fn desk(&self) -> &Desk {
        self.data_unchecked::<Desk>()
    }

    fn caller(&self) -> ApiResult<&Caller> {
        self.data_opt::<Caller>().ok_or_else(|| ApiError::from(Error::Unauthenticated))
    }

    fn actor(&self) -> ApiResult<&Actor> {
        match &self.caller()?.authenticated {
            Some(known) => Ok(&known.actor),
            None => Err(Error::Unauthenticated.into()),
        }
    }

    fn batches(&self) -> ApiResult<&BatchLoader> {
        self.data_opt().ok_or_else(|| ApiError::from(Error::Unauthenticated))
    }

    async fn conn(&self) -> ApiResult<Pooled> {
        Ok(self.desk().conn().await?)
    }

    async fn settle(&self) -> Option<Cursor> {
        self.desk().settle().await.ok().map(Cursor)
    }

    fn is_staff(&self) -> bool {
        self.actor().is_ok_and(|actor| actor.role != Role::Customer)
    }
}

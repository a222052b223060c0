//! What clients learn of a fault, and what stays in the log.
//!
//! [`ApiError`] has no `Display` on purpose: `async_graphql::Error` can be made from anything that
//! has one, and `?` would then show database text to clients.

use async_graphql::{Enum, ErrorExtensions, SimpleObject};
use chrono::{DateTime, Utc};
use deskwire_domain::error::{Conflict, ConflictCode, Error, FieldError};
use deskwire_domain::ids::UserId;
use tracing::{debug, error, warn};

use super::ids::public;
use super::users::object::User;

pub type ApiResult<T> = Result<T, ApiError>;

/// A top-level error: `extensions.code` is what programs look at.
#[derive(Debug, Clone)]
pub struct ApiError {
    pub code: &'static str,
    pub message: String,
    /// Input field the error is about.
    pub path: Option<&'static str>,
    pub retry_after_s: Option<u64>,
}

impl ApiError {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), path: None, retry_after_s: None }
    }

    /// The request itself is malformed, whatever it asks.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new("BAD_REQUEST", message)
    }

    pub fn timeout(limit_ms: u128) -> Self {
        let message = format!("The operation took longer than {limit_ms} ms and was given up.");
        Self::new("TIMEOUT", message)
    }

    /// Says nothing about which of the two was wrong, or whether there is such a user.
    pub fn from_sign_in(fault: Error) -> Self {
        match fault {
            Error::Unauthenticated => Self::new(
                "UNAUTHENTICATED",
                "Address or password is wrong, or the user is not active.",
            ),
            other => other.into(),
        }
    }

    fn about(self, path: &'static str) -> Self {
        Self { path: Some(path), ..self }
    }
}

impl From<Error> for ApiError {
    fn from(fault: Error) -> Self {
        match fault {
            Error::Unauthenticated => Self::new(
                "UNAUTHENTICATED",
                "Sign in, or send an API token that is valid and not expired.",
            ),
            Error::RateLimited { retry_after_s } => Self {
                retry_after_s: Some(retry_after_s),
                ..Self::new(
                    "RATE_LIMITED",
                    format!("Too many attempts; try again in {retry_after_s} s."),
                )
            },
            Error::Unavailable(source) => {
                warn!(error = %source, "the database is not reachable");
                Self::new(
                    "SERVICE_UNAVAILABLE",
                    "The desk cannot reach its database; try again soon.",
                )
            }
            Error::Internal(source) => {
                error!(error = %source, "internal error");
                Self::new("INTERNAL", "Something went wrong inside the desk; it has been logged.")
            }
            Error::Forbidden(message) => {
                debug!(message, "forbidden");
                Self::new("FORBIDDEN", message)
            }
            Error::NotFound { noun, path } => {
                Self::new("NOT_FOUND", format!("There is no such {noun}.")).about(path)
            }
            Error::Conflict(conflict) => {
                Self::new("CONFLICT", conflict.message).about(conflict.path)
            }
            Error::Invalid(fields) => {
                let path = fields.first().map(|field| field.path);
                let text = |f: &FieldError| format!("{}: {}", f.path, f.message);
                let all = fields.iter().map(text).collect::<Vec<_>>().join("; ");
                Self { path, ..Self::new("BAD_USER_INPUT", all) }
            }
        }
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(error: ApiError) -> Self {
        Self::new(error.message).extend_with(|_, extensions| {
            extensions.set("code", error.code);
            if let Some(path) = error.path {
                extensions.set("path", path);
            }
            if let Some(seconds) = error.retry_after_s {
                extensions.set("retryAfterSeconds", seconds);
            }
        })
    }
}

/// What kind of mistake the caller can mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum UserErrorCode {
    /// The field's value is not acceptable; the message says what would be.
    Invalid,
    /// There is no such record, or it is not visible to the caller.
    NotFound,
    /// `expectedVersion` is stale; the payload holds the present state.
    Conflict,
    /// Another agent claimed the ticket first.
    AlreadyClaimed,
    /// The status cannot change that way.
    IllegalTransition,
    /// Another record already has this unique value.
    AlreadyExists,
    /// The idempotency key was used for a different request.
    IdempotencyKeyReused,
    /// The record is still in use.
    InUse,
    /// The suggestion was decided or replaced before.
    AlreadyDecided,
    /// The ticket was merged into another, which takes its changes and replies: `Ticket.mergedInto`.
    Merged,
    /// The stage of the model rollout does not allow the step; the payload holds the present state.
    IllegalStage,
    /// A gate says no, such as a missing validation; with `overrideReason` it is done all the same.
    NeedsOverride,
    /// What was asked for is being done already; the message names it.
    AlreadyRunning,
}

/// A mistake in a mutation's input that the caller can mend. Nothing was changed.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct UserError {
    /// What kind of mistake it is, for programs.
    pub code: UserErrorCode,
    /// What is wrong and what would be right, for people, in English.
    pub message: String,
    /// Input field the error is about, such as `subject`.
    pub path: String,
    /// When the record was last changed, or decided about; only for CONFLICT, ALREADY_CLAIMED and
    /// ALREADY_DECIDED.
    pub changed_at: Option<DateTime<Utc>>,
    #[graphql(skip)]
    pub changed_by_id: Option<UserId>,
}

#[async_graphql::ComplexObject]
impl UserError {
    /// Who last changed the record, claimed the ticket or decided about the suggestion; only for
    /// CONFLICT, ALREADY_CLAIMED and ALREADY_DECIDED. Null for the desk itself.
    async fn changed_by(&self, ctx: &async_graphql::Context<'_>) -> ApiResult<Option<User>> {
        User::load_optional(ctx, self.changed_by_id).await
    }
}

impl From<FieldError> for UserError {
    fn from(field: FieldError) -> Self {
        Self::new(UserErrorCode::Invalid, field.message, field.path)
    }
}

impl From<Conflict> for UserError {
    fn from(conflict: Conflict) -> Self {
        let code = match conflict.code {
            ConflictCode::StaleVersion => UserErrorCode::Conflict,
            ConflictCode::AlreadyClaimed => UserErrorCode::AlreadyClaimed,
            ConflictCode::IllegalTransition => UserErrorCode::IllegalTransition,
            ConflictCode::AlreadyExists => UserErrorCode::AlreadyExists,
            ConflictCode::IdempotencyKeyReused => UserErrorCode::IdempotencyKeyReused,
            ConflictCode::InUse => UserErrorCode::InUse,
            ConflictCode::AlreadyDecided => UserErrorCode::AlreadyDecided,
            ConflictCode::Merged => UserErrorCode::Merged,
            ConflictCode::IllegalStage => UserErrorCode::IllegalStage,
            ConflictCode::NeedsOverride => UserErrorCode::NeedsOverride,
            ConflictCode::AlreadyRunning(_) => UserErrorCode::AlreadyRunning,
        };
        let message = match conflict.code {
            ConflictCode::AlreadyRunning(run) => format!("{}: {}", public(run).0, conflict.message),
            _ => conflict.message,
        };
        Self {
            changed_by_id: conflict.changed_by,
            changed_at: conflict.changed_at.map(|at| at.as_utc()),
            ..Self::new(code, message, conflict.path)
        }
    }
}

impl UserError {
    /// The same error where the input calls the field `from` by another name.
    pub fn renamed(self, from: &str, to: &str) -> Self {
        if self.path == from { Self { path: to.to_owned(), ..self } } else { self }
    }

    fn new(code: UserErrorCode, message: String, path: &str) -> Self {
        Self { code, message, path: path.to_owned(), changed_at: None, changed_by_id: None }
    }
}

/// Splits a verb's outcome: what the caller can mend goes into the payload, the rest is top-level.
///
/// # Errors
/// [`ApiError`] for what the caller cannot mend.
pub fn mendable<T>(outcome: Result<T, Error>) -> ApiResult<Result<T, Vec<UserError>>> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(Error::Invalid(fields)) => Ok(Err(fields.into_iter().map(UserError::from).collect())),
        Err(Error::Conflict(conflict)) => Ok(Err(vec![UserError::from(*conflict)])),
        Err(Error::NotFound { noun, path }) => {
            let message = format!("There is no such {noun}.");
            Ok(Err(vec![UserError::new(UserErrorCode::NotFound, message, path)]))
        }
        Err(other) => Err(other.into()),
    }
}

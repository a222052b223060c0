//! What can go wrong, by what the caller can do about it.

use std::error::Error as _;
use std::fmt;

use crate::Timestamp;
use crate::ids::{ModelRunId, UserId};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input is wrong; every bad field is listed, not only the first.
    #[error("invalid input: {}", list(.0))]
    Invalid(Vec<FieldError>),
    /// No such record, or the actor may not see it: the two answer alike.
    #[error("{noun} not found")]
    NotFound {
        noun: &'static str,
        /// The input field that named it.
        path: &'static str,
    },
    /// The actor can see the record but may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// The record is not in the state the caller assumed.
    #[error("{}", .0.message)]
    Conflict(Box<Conflict>),
    /// Who is asking is unknown, or the session or token has ended.
    #[error("sign in first")]
    Unauthenticated,
    #[error("too many attempts; try again in {retry_after_s} s")]
    RateLimited { retry_after_s: u64 },
    /// The database cannot be reached; nothing was changed as far as is known.
    #[error("the database is not reachable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A fault of the desk itself.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// One bad field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Name of the input field, in the graph's spelling (`bodyHtml`).
    pub path: &'static str,
    /// A sentence with the offending value and what would be right.
    pub message: String,
}

/// Why a change did not fit the record's present state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    pub code: ConflictCode,
    pub message: String,
    /// Input field the conflict is about.
    pub path: &'static str,
    /// Who changed the record last, where that is the point; `None` for the desk itself.
    pub changed_by: Option<UserId>,
    pub changed_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictCode {
    /// `expectedVersion` is not the record's version.
    StaleVersion,
    /// Another agent claimed the ticket first.
    AlreadyClaimed,
    /// The status cannot change that way.
    IllegalTransition,
    /// Another record has this unique value.
    AlreadyExists,
    /// The idempotency key was used for a different request.
    IdempotencyKeyReused,
    /// The record is still referred to.
    InUse,
    /// The suggestion was decided or replaced before.
    AlreadyDecided,
    /// The ticket was merged into another, which is the one to change.
    Merged,
    /// The rollout's stage does not allow the step.
    IllegalStage,
    /// A gate says no; giving a reason to override it lifts it.
    NeedsOverride,
    /// What was asked for is being done already, by this run.
    AlreadyRunning(ModelRunId),
}

impl Error {
    pub fn invalid(path: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { path, message: message.into() }])
    }

    pub fn not_found(noun: &'static str, path: &'static str) -> Self {
        Self::NotFound { noun, path }
    }

    pub fn conflict(code: ConflictCode, path: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict(Box::new(Conflict {
            code,
            message: message.into(),
            path,
            changed_by: None,
            changed_at: None,
        }))
    }

    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// The error and everything behind it, for the log alone: causes may hold the database's words.
    pub fn chain(&self) -> impl fmt::Display {
        fmt::from_fn(move |f| {
            write!(f, "{self}")?;
            let mut cause = self.source();
            while let Some(error) = cause {
                write!(f, ": {error}")?;
                cause = error.source();
            }
            Ok(())
        })
    }
}

fn list(fields: &[FieldError]) -> String {
    fields.iter().map(|f| format!("{}: {}", f.path, f.message)).collect::<Vec<_>>().join("; ")
}

/// Collects the bad fields of one input so that all are reported together.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn add(&mut self, path: &'static str, message: impl Into<String>) {
        self.0.push(FieldError { path, message: message.into() });
    }

    /// Trims `value` and checks that it has 1 to `max_chars` characters and no control characters.
    pub fn line(&mut self, path: &'static str, value: &str, max_chars: usize) -> String {
        let value = value.trim();
        let chars = value.chars().count();
        if chars == 0 {
            self.add(path, "must not be empty");
        } else if chars > max_chars {
            self.add(path, format!("must have at most {max_chars} characters, got {chars}"));
        } else if value.chars().any(char::is_control) {
            self.add(path, "must be a single line without control characters");
        }
        value.to_owned()
    }

    /// The value, or `None` with the bad fields taken over.
    ///
    /// # Errors
    /// Every other error than [`Error::Invalid`].
    pub fn take<T>(&mut self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Error::Invalid(fields)) => {
                self.0.extend(fields);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// The name (1 to 120 characters) and description (at most 500) that queues and categories have;
    /// what is not given is not checked.
    pub fn name_and_description(
        &mut self,
        name: Option<&str>,
        description: Option<&str>,
    ) -> (Option<String>, Option<String>) {
        let name = name.map(|name| self.line("name", name, 120));
        let description = description.map(|text| text.trim().to_owned());
        if description.as_ref().is_some_and(|text| text.chars().count() > 500) {
            self.add("description", "must have at most 500 characters");
        }
        (name, description)
    }

    /// # Errors
    /// [`Error::Invalid`] when any field was bad.
    pub fn into_result(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}

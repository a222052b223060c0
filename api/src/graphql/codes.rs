//! A code for errors that the library under us finds by itself.
//!
//! Errors of resolvers have theirs already (see [`super::error`]); with these, every error has
//! `extensions.code`.

use async_graphql::{ErrorExtensionValues, Response, ServerError};

/// The document is not GraphQL, or too deeply nested to be read.
pub const GRAPHQL_PARSE_FAILED: &str = "GRAPHQL_PARSE_FAILED";
/// The document does not fit the schema.
pub const GRAPHQL_VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";
/// A variable or argument is not what its type takes.
pub const BAD_USER_INPUT: &str = "BAD_USER_INPUT";

/// What kind of validation error it is: the library tells its two limits from others by text alone.
pub fn validation_code(error: &ServerError) -> &'static str {
    limit_code(error).unwrap_or(GRAPHQL_VALIDATION_FAILED)
}

fn limit_code(error: &ServerError) -> Option<&'static str> {
    match error.message.as_str() {
        "Query is too complex." => Some("COMPLEXITY_LIMIT_EXCEEDED"),
        "Query is nested too deep." => Some("DEPTH_LIMIT_EXCEEDED"),
        _ => None,
    }
}

/// Gives the errors of an answer that have no code theirs: they came up while arguments and variables
/// were read.
pub fn complete(mut response: Response) -> Response {
    for error in &mut response.errors {
        let code = limit_code(error).unwrap_or(BAD_USER_INPUT);
        set_code(error, code);
    }
    response
}

/// The error with a code, unless it has one.
pub fn with_code(mut error: ServerError, code: &'static str) -> ServerError {
    set_code(&mut error, code);
    error
}

fn set_code(error: &mut ServerError, code: &'static str) {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    if extensions.get("code").is_none() {
        extensions.set("code", code);
    }
}

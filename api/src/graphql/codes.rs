//! A code for errors that the library under us finds before any resolver runs.
//!
//! Errors of resolvers have theirs already (see [`super::error`]); with these, every error has
//! `extensions.code`.

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextParseQuery, NextRequest, NextSubscribe,
    NextValidation,
};
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{
    ErrorExtensionValues, Response, ServerError, ServerResult, ValidationResult, Variables,
};
use futures::StreamExt;
use futures::stream::BoxStream;
use std::sync::Arc;

/// Gives errors without a code theirs.
pub struct Codes;

impl ExtensionFactory for Codes {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Codes)
    }
}

#[async_trait::async_trait]
impl Extension for Codes {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        complete(next.run(ctx).await)
    }

    fn subscribe<'s>(
        &self,
        ctx: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        next.run(ctx, stream).map(complete).boxed()
    }

    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        let parsed = next.run(ctx, query, variables).await;
        parsed.map_err(|error| with_code(error, "GRAPHQL_PARSE_FAILED"))
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let code = |error: ServerError| {
            // The library tells its two limits from other errors by their text alone.
            let code = match error.message.as_str() {
                "Query is too complex." => "COMPLEXITY_LIMIT_EXCEEDED",
                "Query is nested too deep." => "DEPTH_LIMIT_EXCEEDED",
                _ => "GRAPHQL_VALIDATION_FAILED",
            };
            with_code(error, code)
        };
        next.run(ctx).await.map_err(|errors| errors.into_iter().map(code).collect())
    }
}

/// What is left came up while arguments and variables were read.
fn complete(mut response: Response) -> Response {
    let errors = std::mem::take(&mut response.errors);
    let code = |error| with_code(error, "BAD_USER_INPUT");
    response.errors = errors.into_iter().map(code).collect();
    response
}

fn with_code(mut error: ServerError, code: &str) -> ServerError {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    if extensions.get("code").is_none() {
        extensions.set("code", code);
    }
    error
}

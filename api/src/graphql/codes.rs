//! A code for errors that the library under us finds before any resolver runs.
//!
//! Errors of resolvers have theirs already (see [`super::error`]); with these, every error has
//! `extensions.code`.

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextParseQuery, NextPrepareRequest, NextRequest,
    NextSubscribe, NextValidation,
};
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{
    ErrorExtensionValues, Request, Response, ServerError, ServerResult, ValidationResult, Variables,
};
use futures::StreamExt;
use futures::stream::BoxStream;
use std::sync::Arc;

use super::measure::Measure;

/// Gives errors without a code theirs, and counts operations by them.
pub struct Codes;

impl ExtensionFactory for Codes {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Coded(Arc::new(Measure::start())))
    }
}

/// [`Codes`] of one operation.
struct Coded(Arc<Measure>);

#[async_trait::async_trait]
impl Extension for Coded {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let response = complete(next.run(ctx).await);
        self.0.note_answer(&response);
        response
    }

    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let request = next.run(ctx, request).await?;
        self.0.note_name(request.operation_name.as_ref());
        Ok(request)
    }

    fn subscribe<'s>(
        &self,
        ctx: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        let measure = self.0.clone();
        let answers = next.run(ctx, stream).map(complete);
        answers.inspect(move |response| measure.note_answer(response)).boxed()
    }

    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        let parsed = next.run(ctx, query, variables).await;
        if let Ok(document) = &parsed {
            self.0.note_document(document);
        }
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

//! Parsing and validating without running.

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextExecute, NextParseQuery, NextValidation,
};
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Response, ServerError, ServerResult, ValidationResult, Variables};
use std::sync::{Arc, Mutex};

use super::fingerprint::VariableTypes;
use crate::graphql::codes::{GRAPHQL_PARSE_FAILED, validation_code, with_code};

const UNPOISONED: &str = "nobody panics with the lock";

/// Makes a schema check operations only: it leaves what it found in the request's [`Findings`] and
/// answers before anything runs.
pub struct Check;

/// What is known of a document, from parsing to validation.
#[derive(Default)]
pub struct Findings(Mutex<Found>);

#[derive(Default)]
struct Found {
    parsed: Option<(ExecutableDocument, VariableTypes)>,
    valid: Option<ValidationResult>,
}

impl Findings {
    /// Everything, when the document is good.
    pub fn take(&self) -> Option<(ExecutableDocument, VariableTypes, ValidationResult)> {
        let mut found = self.0.lock().expect(UNPOISONED);
        let (document, types) = found.parsed.take()?;
        Some((document, types, found.valid.take()?))
    }
}

impl ExtensionFactory for Check {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Check)
    }
}

#[async_trait::async_trait]
impl Extension for Check {
    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        let parsed = next.run(ctx, query, variables).await;
        let document = parsed.map_err(|error| with_code(error, GRAPHQL_PARSE_FAILED))?;
        let types = VariableTypes::of(&document, &ctx.schema_env.registry);
        let findings = ctx.data_unchecked::<Arc<Findings>>();
        findings.0.lock().expect(UNPOISONED).parsed = Some((document.clone(), types));
        Ok(document)
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let found = next.run(ctx).await.map_err(|errors| {
            let code = |error| {
                let code = validation_code(&error);
                with_code(error, code)
            };
            errors.into_iter().map(code).collect::<Vec<_>>()
        })?;
        let findings = ctx.data_unchecked::<Arc<Findings>>();
        findings.0.lock().expect(UNPOISONED).valid = Some(found);
        Ok(found)
    }

    async fn execute(
        &self,
        _: &ExtensionContext<'_>,
        _: Option<&str>,
        _: NextExecute<'_>,
    ) -> Response {
        Response::default()
    }
}

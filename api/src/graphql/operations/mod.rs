//! From a request to an answer: which document it means, whether that holds, and running it.
//!
//! Parsing and validating a document costs several times what running it does (`docs/performance.md`,
//! "Request path"), and clients send the same few documents again and again. So there are two schemas
//! with the same resolvers:
//!
//! - the *checking* one parses and validates strictly, and stops before anything runs;
//! - the *running* one takes documents that were found good. It has no extensions, which the library
//!   would otherwise call around every single field, and validates only what depends on each request:
//!   the limits of depth and cost.
//!
//! What the checking schema found is kept in [`cache`], by document and by what of the variables it
//! looked at ([`fingerprint`]). Only success is kept: a mistake is found and explained anew each time.

mod cache;
mod check;
mod fingerprint;
mod persisted;
#[cfg(test)]
mod tests;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{DocumentOperations, OperationDefinition, OperationType};
use async_graphql::{
    Positioned, Request, Response, ServerError, ValidationMode, ValidationResult, value,
};
use deskwire_domain::Desk;
use futures::StreamExt;
use futures::stream::{BoxStream, once};
use std::future::ready;
use std::sync::Arc;

use super::codes::{BAD_USER_INPUT, complete, with_code};
use super::context::Settings;
use super::measure::Measure;
use super::{DeskSchema, SchemaBuilder, builder};
use crate::config::{DocumentArgs, Limits};
use cache::{Document, DocumentCache};
use check::{Check, Findings};
pub use persisted::{DOCUMENT_ID, TrustedDocuments};

/// The graph, ready to answer.
#[derive(Clone)]
pub struct Graph {
    checking: DeskSchema,
    running: DeskSchema,
    documents: Arc<DocumentCache>,
    trusted: DocumentArgs,
}

/// An operation that was found good and may run.
pub struct Prepared {
    request: Request,
    /// Query, mutation or subscription.
    pub kind: OperationType,
    cost: ValidationResult,
}

impl Graph {
    pub fn new(desk: Desk, limits: &Limits, settings: Settings, trusted: &DocumentArgs) -> Self {
        let limited = |schema: SchemaBuilder| {
            schema
                .limit_depth(limits.max_depth)
                .limit_complexity(limits.max_complexity)
                .limit_recursive_depth(64)
                .limit_directives(8)
        };
        Self {
            checking: limited(builder()).extension(Check).finish(),
            running: limited(builder())
                .data(desk)
                .data(settings)
                .validation_mode(ValidationMode::Fast)
                .finish(),
            documents: Arc::default(),
            trusted: trusted.clone(),
        }
    }

    /// The text of the document that a request sends or names; takes it out of the request.
    ///
    /// # Errors
    /// Why there is none: it is unknown or not trusted.
    pub fn document(&self, request: &mut Request) -> Result<Arc<str>, Vec<ServerError>> {
        let wanted = persisted::wanted(request, &self.trusted, &self.documents);
        wanted.map(|(_, text)| text).map_err(|error| vec![error])
    }

    /// Finds out what a request means and whether it may run.
    ///
    /// # Errors
    /// Why it may not; nothing was run.
    pub async fn prepare(&self, mut request: Request) -> Result<Prepared, Vec<ServerError>> {
        let wanted = persisted::wanted(&mut request, &self.trusted, &self.documents);
        let (hash, text) = wanted.map_err(|error| vec![error])?;
        let known = self.documents.get(&hash);
        let name = request.operation_name.as_deref();
        let key = known.as_ref().and_then(|document| document.key(name, &request.variables));
        let found = key.as_ref().and_then(|key| known.as_ref()?.checked(key));
        let (document, cost) = match (known, found) {
            (Some(document), Some(cost)) => (document, cost),
            (known, _) => {
                let (document, cost) = self.check(known, &text, &request).await?;
                if let Some(key) = document.key(name, &request.variables) {
                    document.remember(key, cost);
                }
                self.documents.put(hash, &document);
                (document, cost)
            }
        };
        let operation = selected(&document.parsed.operations, name).map_err(refused)?;
        check_required(operation, &request).map_err(refused)?;
        let kind = operation.node.ty;
        request.set_parsed_query(document.parsed.clone());
        Ok(Prepared { request, kind, cost })
    }

    /// Runs a query or mutation.
    pub async fn run(&self, prepared: Prepared) -> Response {
        let Prepared { request, kind, cost } = prepared;
        let mut measure = Measure::start(Some(kind));
        let cost = value!({ "complexity": cost.complexity, "depth": cost.depth });
        let answer = complete(self.running.execute(request).await).extension("cost", cost);
        measure.note_answer(&answer);
        answer
    }

    /// [`Graph::prepare`] and [`Graph::run`].
    pub async fn execute(&self, request: Request) -> Response {
        match self.prepare(request).await {
            Ok(prepared) => self.run(prepared).await,
            Err(errors) => Response::from_errors(errors),
        }
    }

    /// Runs any operation: a subscription answers until it ends, others once.
    pub fn execute_stream(&self, request: Request) -> BoxStream<'static, Response> {
        let graph = self.clone();
        let answers = async move {
            match graph.prepare(request).await {
                Ok(prepared) => {
                    let mut measure = Measure::start(Some(prepared.kind));
                    let answers = graph.running.execute_stream(prepared.request).map(complete);
                    answers.inspect(move |answer| measure.note_answer(answer)).boxed()
                }
                Err(errors) => once(ready(Response::from_errors(errors))).boxed(),
            }
        };
        once(answers).flatten().boxed()
    }

    /// Parses what is not parsed yet, and validates.
    async fn check(
        &self,
        known: Option<Arc<Document>>,
        text: &Arc<str>,
        request: &Request,
    ) -> Result<(Arc<Document>, ValidationResult), Vec<ServerError>> {
        let findings = Arc::new(Findings::default());
        let mut checked =
            Request::new(text.as_ref()).variables(request.variables.clone()).data(findings.clone());
        checked.operation_name.clone_from(&request.operation_name);
        if let Some(document) = &known {
            checked.set_parsed_query(document.parsed.clone());
        }
        let response = self.checking.execute(checked).await;
        match Findings::take(&findings) {
            Some((parsed, types, cost)) if response.is_ok() => {
                let document =
                    known.unwrap_or_else(|| Arc::new(Document::new(text.clone(), parsed, types)));
                Ok((document, cost))
            }
            _ => {
                let answer = complete(response);
                Measure::start(kind_of(text, request)).note_answer(&answer);
                Err(answer.errors)
            }
        }
    }
}

/// What a document that was found wrong would have been; `None` when it cannot be read.
fn kind_of(text: &str, request: &Request) -> Option<OperationType> {
    let document = parse_query(text).ok()?;
    let name = request.operation_name.as_deref();
    selected(&document.operations, name).ok().map(|operation| operation.node.ty)
}

/// The operation a request wants of its document.
fn selected<'a>(
    operations: &'a DocumentOperations,
    name: Option<&str>,
) -> Result<&'a Positioned<OperationDefinition>, ServerError> {
    let found = match (operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(all), Some(name)) => all.get(name),
        (DocumentOperations::Multiple(all), None) if all.len() == 1 => all.values().next(),
        (DocumentOperations::Multiple(_), None) => None,
    };
    found.ok_or_else(|| {
        let message = match name {
            Some(name) => format!("Unknown operation named \"{name}\""),
            None => "Operation name required in request.".to_owned(),
        };
        ServerError::new(message, None)
    })
}

/// The library asks for variables only when a resolver reads them, after others may have run
/// (<https://spec.graphql.org/October2021/#sec-Coercing-Variable-Values>).
fn check_required(
    operation: &Positioned<OperationDefinition>,
    request: &Request,
) -> Result<(), ServerError> {
    for variable in &operation.node.variable_definitions {
        let definition = &variable.node;
        let given = request.variables.get(&definition.name.node);
        let is_missing = match given {
            Some(value) => *value == async_graphql::Value::Null,
            None => definition.default_value.is_none(),
        };
        if is_missing && !definition.var_type.node.nullable {
            let (name, kind) = (&definition.name.node, &definition.var_type.node);
            let message = format!("Variable \"${name}\" of type \"{kind}\" must be given.");
            return Err(ServerError::new(message, Some(variable.pos)));
        }
    }
    Ok(())
}

fn refused(error: ServerError) -> Vec<ServerError> {
    vec![with_code(error, BAD_USER_INPUT)]
}

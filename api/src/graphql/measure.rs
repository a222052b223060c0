//! Counts operations by what they are and how they end.

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationType};
use async_graphql::{Response, Value};
use std::sync::OnceLock;
use std::time::Instant;

use crate::metrics;

/// One operation, counted when it is dropped: also one that was given up half-way.
///
/// Part of the extension [`super::codes`] and none of its own, because each extension is asked about
/// each field.
pub struct Measure {
    begun: Instant,
    /// Which of a document's operations is meant.
    name: OnceLock<String>,
    kind: OnceLock<OperationType>,
    outcome: OnceLock<&'static str>,
}

impl Measure {
    pub fn start() -> Self {
        Self {
            begun: Instant::now(),
            name: OnceLock::new(),
            kind: OnceLock::new(),
            outcome: OnceLock::new(),
        }
    }

    pub fn note_name(&self, name: Option<&String>) {
        if let Some(name) = name {
            let _ = self.name.set(name.clone());
        }
    }

    pub fn note_document(&self, document: &ExecutableDocument) {
        let operation = match &document.operations {
            DocumentOperations::Single(only) => Some(only),
            DocumentOperations::Multiple(all) => {
                self.name.get().and_then(|name| all.get(name.as_str()))
            }
        };
        if let Some(operation) = operation {
            let _ = self.kind.set(operation.node.ty);
        }
    }

    /// Takes the first error for the outcome; items of a subscription without one decide nothing.
    pub fn note_answer(&self, answer: &Response) {
        let outcome = match answer.errors.first() {
            Some(error) => match error.extensions.as_ref().and_then(|all| all.get("code")) {
                Some(Value::String(code)) => metrics::outcome(code),
                _ => metrics::outcome(""),
            },
            None if self.is_subscription() => return,
            None => metrics::OK,
        };
        let _ = self.outcome.set(outcome);
    }

    fn is_subscription(&self) -> bool {
        self.kind.get() == Some(&OperationType::Subscription)
    }
}

impl Drop for Measure {
    fn drop(&mut self) {
        let end = if self.is_subscription() { metrics::OK } else { metrics::CANCELLED };
        let outcome = self.outcome.get().copied().unwrap_or(end);
        metrics::observe_operation(self.kind.get().copied(), outcome, self.begun.elapsed());
    }
}

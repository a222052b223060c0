//! Counts operations by what they are and how they end.

use async_graphql::parser::types::OperationType;
use async_graphql::{Response, Value};
use std::time::Instant;

use crate::metrics;

/// One operation, counted when it is dropped: also one that was given up half-way.
pub struct Measure {
    begun: Instant,
    /// `None` when the document could not be read.
    kind: Option<OperationType>,
    outcome: Option<&'static str>,
}

impl Measure {
    pub fn start(kind: Option<OperationType>) -> Self {
        Self { begun: Instant::now(), kind, outcome: None }
    }

    /// Takes the first error for the outcome; items of a subscription without one decide nothing.
    pub fn note_answer(&mut self, answer: &Response) {
        let outcome = match answer.errors.first() {
            Some(error) => match error.extensions.as_ref().and_then(|all| all.get("code")) {
                Some(Value::String(code)) => metrics::outcome(code),
                _ => metrics::outcome(""),
            },
            None if self.is_subscription() => return,
            None => metrics::OK,
        };
        self.outcome.get_or_insert(outcome);
    }

    fn is_subscription(&self) -> bool {
        self.kind == Some(OperationType::Subscription)
    }
}

impl Drop for Measure {
    fn drop(&mut self) {
        let end = if self.is_subscription() { metrics::OK } else { metrics::CANCELLED };
        let outcome = self.outcome.unwrap_or(end);
        metrics::observe_operation(self.kind, outcome, self.begun.elapsed());
    }
}

//! The cost of each answer, in `extensions.cost`.

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextRequest, NextValidation,
};
use async_graphql::{Response, ServerError, ValidationResult, value};
use std::sync::{Arc, OnceLock};

/// Adds `extensions.cost { complexity depth }` to every answer.
pub struct Cost;

impl ExtensionFactory for Cost {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Measured(OnceLock::new()))
    }
}

struct Measured(OnceLock<ValidationResult>);

#[async_trait::async_trait]
impl Extension for Measured {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let response = next.run(ctx).await;
        match self.0.get() {
            Some(found) => response.extension(
                "cost",
                value!({ "complexity": found.complexity, "depth": found.depth }),
            ),
            None => response,
        }
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let found = next.run(ctx).await?;
        let _ = self.0.set(found);
        Ok(found)
    }
}

//! Model versions in the graph.

use async_graphql::{Context, ID, Json, Object};
use chrono::{DateTime, Utc};
use deskwire_domain::models;

use super::categories::Category;
use super::context::ContextExt;
use super::error::ApiResult;
use super::ids::public;
use super::loaders::EveryCategory;
use super::suggestions::object::LabelKind;

/// [`models::ModelVersion`] as clients see it.
pub struct ModelVersion(pub models::ModelVersion);

/// A trained model: one of each kind suggests, the others are history.
#[Object]
impl ModelVersion {
    /// Global id.
    async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// What it predicts.
    async fn kind(&self) -> LabelKind {
        self.0.kind.into()
    }

    /// 1, 2, 3 … within the kind.
    async fn number(&self) -> u32 {
        self.0.number
    }

    /// The version that suggests now.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// Below this probability the model abstains, 0 to 1.
    async fn threshold(&self) -> f64 {
        self.0.threshold
    }

    /// Names of the labels it can suggest.
    async fn labels(&self) -> Vec<&str> {
        self.0.labels.keys().map(String::as_str).collect()
    }

    /// Categories that can be chosen today and that it never suggests, by name: they were added after
    /// its training, or had too few tickets in it. People can choose them all the same. Empty for
    /// priorities.
    #[graphql(complexity = "5 + 5 * child_complexity")]
    async fn unpredictable_categories(&self, ctx: &Context<'_>) -> ApiResult<Vec<Category>> {
        let all = ctx.batches()?.load_one(EveryCategory).await?.unwrap_or_default();
        Ok(self.0.unpredictable(&all).into_iter().map(Category).collect())
    }

    /// Those of `labels` whose category was retired: it may still suggest them, and they can be neither
    /// accepted nor applied. Empty for priorities.
    async fn retired_labels(&self, ctx: &Context<'_>) -> ApiResult<Vec<&str>> {
        let all = ctx.batches()?.load_one(EveryCategory).await?.unwrap_or_default();
        Ok(self.0.retired(&all))
    }

    /// SHA-256 of the artefact, in hex.
    async fn artifact_hash(&self) -> String {
        self.0.artifact_hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Size of the artefact in bytes.
    async fn artifact_bytes(&self) -> u32 {
        self.0.artifact_bytes
    }

    /// Figures of the training run, such as `accuracy` on the held-back tenth.
    async fn metrics(&self) -> Json<&serde_json::Value> {
        Json(&self.0.metrics)
    }

    /// When it was registered, in UTC.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.as_utc()
    }
}

#[derive(Default)]
pub struct ModelQuery;

#[Object]
impl ModelQuery {
    /// All model versions, newest first. Staff only. Scope `tickets:read`.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn model_versions(&self, ctx: &Context<'_>) -> ApiResult<Vec<ModelVersion>> {
        let all = models::list(&mut *ctx.conn().await?, ctx.actor()?).await?;
        Ok(all.into_iter().map(ModelVersion).collect())
    }
}

//! The model version.

use async_graphql::{Context, ID, Json, Object, SimpleObject};
use chrono::{DateTime, Utc};
use deskwire_domain::ids::ModelVersionId;
use deskwire_domain::models;

use super::rollout::RolloutStage;
use super::validation::ModelValidation;
use crate::graphql::categories::Category;
use crate::graphql::context::ContextExt;
use crate::graphql::error::ApiResult;
use crate::graphql::ids::public;
use crate::graphql::loaders::{AgreementOf, EveryCategory, RolloutOf, ValidationsOf};
use crate::graphql::suggestions::object::LabelKind;
use crate::graphql::users::object::User;

/// How often a version in shadow and the champion of the time said the same.
#[derive(SimpleObject)]
pub struct ModelAgreement {
    /// Tickets scored in shadow.
    scored: u64,
    /// Tickets for which both had the same most likely label.
    agreed: u64,
    /// Tickets for which they had not; the rest of `scored` the champion could not label.
    disagreed: u64,
}

impl From<models::Agreement> for ModelAgreement {
    fn from(agreement: models::Agreement) -> Self {
        let models::Agreement { scored, agreed, disagreed } = agreement;
        Self { scored, agreed, disagreed }
    }
}

/// [`models::ModelVersion`] as clients see it.
pub struct ModelVersion(pub models::ModelVersion);

impl ModelVersion {
    /// The version behind an id; null for none.
    pub async fn load(ctx: &Context<'_>, id: Option<ModelVersionId>) -> ApiResult<Option<Self>> {
        match id {
            Some(id) => Ok(ctx.batches()?.load_one(id).await?.map(Self)),
            None => Ok(None),
        }
    }

    /// What the rollout says, which workers serve by; a program of the release before may have marked
    /// another version as active.
    async fn leads(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        let rollout = ctx.batches()?.load_one(RolloutOf(self.0.kind)).await?;
        Ok(rollout.is_some_and(|rollout| rollout.champion_id == Some(self.0.id)))
    }
}

/// A trained model: one of each kind is the champion, one may be on trial, the others are history. It never
/// changes; which one serves says `modelRollout`.
#[Object]
impl ModelVersion {
    /// Global id.
    pub async fn id(&self) -> ID {
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

    /// The same as `isChampion`.
    async fn active(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        self.leads(ctx).await
    }

    /// It suggests for the tickets of its kind, but for those of a candidate in canary, unless the kind is
    /// switched off.
    async fn is_champion(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        self.leads(ctx).await
    }

    /// SHADOW or CANARY while it is on trial. Null otherwise.
    async fn stage(&self, ctx: &Context<'_>) -> ApiResult<Option<RolloutStage>> {
        let rollout = ctx.batches()?.load_one(RolloutOf(self.0.kind)).await?;
        let on_trial = rollout.filter(|rollout| rollout.candidate_id == Some(self.0.id));
        Ok(on_trial.map(|rollout| rollout.stage.into()))
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

    /// Which reading of texts it was trained on; a program serves only its own.
    async fn feature_version(&self) -> u16 {
        self.0.lineage.feature_version
    }

    /// It is an ONNX network that was brought along: only workers that were built to run such ones can use it.
    async fn needs_onnx(&self) -> bool {
        self.0.lineage.needs_onnx
    }

    /// Settings of the training. Null where they were not written down.
    async fn parameters(&self) -> Option<Json<&serde_json::Value>> {
        self.0.lineage.parameters.as_ref().map(Json)
    }

    /// What it learned from, such as `tickets`, and tickets of each label in `perLabel`. Null where it was not
    /// written down.
    async fn training_data(&self) -> Option<Json<&serde_json::Value>> {
        self.0.lineage.training_data.as_ref().map(Json)
    }

    /// Held-back tickets by the label a person gave, then by the label suggested. Null where they were not
    /// counted.
    async fn confusion(&self) -> Option<Json<&serde_json::Value>> {
        self.0.lineage.confusion.as_ref().map(Json)
    }

    /// Comparisons with champions on the same held-back tickets, newest first.
    #[graphql(complexity = "5 + 5 * child_complexity")]
    async fn validations(&self, ctx: &Context<'_>) -> ApiResult<Vec<ModelValidation>> {
        let found = ctx.batches()?.load_one(ValidationsOf(self.0.id)).await?;
        Ok(found.into_iter().flatten().map(ModelValidation).collect())
    }

    /// How often it agreed with the champion while in shadow. Null while it was never, and from 90 days after
    /// its trial on, when what it scored is forgotten.
    async fn shadow_agreement(&self, ctx: &Context<'_>) -> ApiResult<Option<ModelAgreement>> {
        let found = ctx.batches()?.load_one(AgreementOf(self.0.id)).await?;
        Ok(found.map(ModelAgreement::from))
    }

    /// Who had it trained. Null for the desk itself: a schedule, the command line.
    async fn created_by(&self, ctx: &Context<'_>) -> ApiResult<Option<User>> {
        User::load_optional(ctx, self.0.created_by).await
    }

    /// When it was registered, in UTC.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.as_utc()
    }
}

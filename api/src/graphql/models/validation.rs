//! Validations in the graph.

use async_graphql::{Context, Enum, Object};
use chrono::{DateTime, Utc};
use deskwire_domain::models;

use super::ModelVersion;
use crate::graphql::error::ApiResult;

/// What a validation says about the candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::models::Verdict")]
pub enum ValidationVerdict {
    /// The candidate is better. It may be promoted.
    Better,
    /// The difference may be nothing, and is at most small. The candidate may be promoted.
    NotWorse,
    /// The candidate is worse.
    Worse,
    /// Too few tickets to say anything.
    TooFew,
    /// There was no champion to compare with.
    NoChampion,
}

/// [`models::Validation`] as clients see it.
pub struct ModelValidation(pub models::Validation);

/// A version and the champion of the time, measured on the same held-back tickets.
#[Object]
impl ModelValidation {
    /// The version that wanted to become the champion.
    async fn candidate(&self, ctx: &Context<'_>) -> ApiResult<Option<ModelVersion>> {
        ModelVersion::load(ctx, Some(self.0.candidate_id)).await
    }

    /// Whom it was compared with. Null when there was no champion.
    async fn champion(&self, ctx: &Context<'_>) -> ApiResult<Option<ModelVersion>> {
        ModelVersion::load(ctx, self.0.champion_id).await
    }

    /// Tickets compared.
    async fn sample(&self) -> u32 {
        self.0.sample
    }

    /// Tickets the candidate had right.
    async fn candidate_right(&self) -> u32 {
        self.0.candidate_right
    }

    /// Tickets the champion had right; 0 without a champion.
    async fn champion_right(&self) -> u32 {
        self.0.champion_right
    }

    /// The candidate's accuracy minus the champion's, −1 to 1.
    async fn difference(&self) -> f64 {
        self.0.difference
    }

    /// Lower end of the 95 % interval of `difference`.
    async fn low(&self) -> f64 {
        self.0.low
    }

    /// Upper end of it.
    async fn high(&self) -> f64 {
        self.0.high
    }

    /// What it says.
    async fn verdict(&self) -> ValidationVerdict {
        self.0.verdict.into()
    }

    /// What the figures do not say, such as that the champion had learned from some of these tickets. Null
    /// where there is nothing to add.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// When it was made, in UTC.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.as_utc()
    }
}

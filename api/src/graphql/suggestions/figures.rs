//! Figures of suggestions: whether they can be trusted.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use deskwire_domain::suggestions::{self, FigureScope};
use deskwire_domain::tickets::Range;

use super::object::LabelKind;
use crate::graphql::context::ContextExt;
use crate::graphql::error::ApiResult;
use crate::graphql::ids::domain;
use crate::graphql::models::ModelVersion;
use crate::graphql::queues::Queue;

/// What gets a row of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::suggestions::FigureGroup")]
pub enum SuggestionFigureGroup {
    /// The model version that suggested.
    Version,
    /// The queue the ticket is in now.
    Queue,
    /// The week in which the suggestion was made, in UTC.
    Week,
}

/// [`suggestions::Figures`] as clients see it.
pub struct SuggestionFigures(suggestions::Figures);

/// What became of some suggestions. A suggestion is judged by the label its ticket has now, if a person
/// gave it: by hand, or by accepting.
#[Object]
impl SuggestionFigures {
    /// The version that suggested. Null unless grouped by it.
    async fn version(&self, ctx: &Context<'_>) -> ApiResult<Option<ModelVersion>> {
        let Some(id) = self.0.version else { return Ok(None) };
        Ok(ctx.batches()?.load_one(id).await?.map(ModelVersion))
    }

    /// The queue their tickets are in. Null unless grouped by it.
    async fn queue(&self, ctx: &Context<'_>) -> ApiResult<Option<Queue>> {
        let Some(id) = self.0.queue else { return Ok(None) };
        Ok(ctx.batches()?.load_one(id).await?.map(Queue))
    }

    /// The week of ISO 8601 they were made in, such as `2026-W48`: from Monday, in UTC. Null unless
    /// grouped by it.
    async fn week(&self) -> Option<String> {
        self.0.week.map(|week| week.to_string())
    }

    /// All of them. The counts of the seven states sum up to it.
    async fn count(&self) -> u64 {
        self.0.all
    }

    /// How many were below the model's threshold; they are in the count of their state, too.
    async fn abstained(&self) -> u64 {
        self.0.abstained
    }

    /// How many are OPEN.
    async fn open(&self) -> u64 {
        self.0.open
    }

    /// How many are ACCEPTED.
    async fn accepted(&self) -> u64 {
        self.0.accepted
    }

    /// How many are DISMISSED.
    async fn dismissed(&self) -> u64 {
        self.0.dismissed
    }

    /// How many are OVERRIDDEN.
    async fn overridden(&self) -> u64 {
        self.0.overridden
    }

    /// How many are SUPERSEDED.
    async fn superseded(&self) -> u64 {
        self.0.superseded
    }

    /// How many are APPLIED: on a ticket, and not decided yet.
    async fn applied(&self) -> u64 {
        self.0.applied
    }

    /// How many are IGNORED.
    async fn ignored(&self) -> u64 {
        self.0.ignored
    }

    /// How many the desk put on their tickets without asking, whatever became of them since: APPLIED, and in
    /// the counts of other states, too.
    async fn ever_applied(&self) -> u64 {
        self.0.ever_applied
    }

    /// How many of `everApplied` a person took over; they are in `accepted`, too.
    async fn accepted_applied(&self) -> u64 {
        self.0.accepted_applied
    }

    /// How many of `everApplied` a person took off again; they are in `dismissed`, too.
    async fn reverted_applied(&self) -> u64 {
        self.0.reverted_applied
    }

    /// How many of `everApplied` a person replaced by another label; they are in `overridden`, too.
    async fn overridden_applied(&self) -> u64 {
        self.0.overridden_applied
    }

    /// How many can be judged, because a person has labelled the ticket.
    async fn judged(&self) -> u64 {
        self.0.judged
    }

    /// How many of those said the same as the person.
    async fn right(&self) -> u64 {
        self.0.right
    }

    /// ACCEPTED as part of ACCEPTED, DISMISSED and OVERRIDDEN, 0 to 1, of advice alone: without what the desk
    /// applied, because people correct what is wrong of that and leave the rest alone. Null while nothing
    /// is decided.
    async fn acceptance(&self) -> Option<f64> {
        self.0.acceptance()
    }

    /// Those with advice, where the model did not abstain, as part of all, 0 to 1. Null without any.
    async fn coverage(&self) -> Option<f64> {
        self.0.coverage()
    }

    /// `right` as part of `judged`, 0 to 1: also where the model abstained, nobody looked, or another
    /// version took over. Of what the desk applied only what people touched can be judged, mostly what
    /// was wrong: where much is applied, this is too low. Null while nothing can be judged.
    async fn accuracy(&self) -> Option<f64> {
        self.0.accuracy()
    }

    /// OVERRIDDEN as part of ACCEPTED and OVERRIDDEN, 0 to 1, of advice alone, as in `acceptance`. Null
    /// while there is none of them.
    async fn override_rate(&self) -> Option<f64> {
        self.0.override_rate()
    }

    /// `revertedApplied` and `overriddenApplied` as part of `everApplied`, 0 to 1; what nobody has looked at
    /// counts as kept. Null while nothing was applied.
    async fn correction_rate(&self) -> Option<f64> {
        self.0.correction_rate()
    }
}

/// How often suggestions of each probability were right: of what was said with 0.8, four in five should
/// be. Only those that can be judged, because a person labelled the ticket.
#[derive(SimpleObject)]
struct SuggestionCalibration {
    /// Equally wide, from 0 to 1, empty ones included.
    bins: Vec<CalibrationBin>,
    /// Suggestions in all bins.
    count: u64,
    /// Expected calibration error: the mean distance between `meanProbability` and `right` over the
    /// bins, weighed by their counts; 0 is perfect. Null without any suggestion.
    expected_calibration_error: Option<f64>,
}

/// Suggestions of about the same probability.
#[derive(SimpleObject)]
struct CalibrationBin {
    /// Least probability in it.
    from: f64,
    /// Probabilities are below this; the last bin holds 1, too.
    to: f64,
    /// Suggestions in it.
    count: u64,
    /// Their mean probability. Null in an empty bin.
    mean_probability: Option<f64>,
    /// The part of them that was right, 0 to 1. Null in an empty bin.
    right: Option<f64>,
}

impl From<suggestions::Calibration> for SuggestionCalibration {
    fn from(found: suggestions::Calibration) -> Self {
        let bin = |bin: &suggestions::CalibrationBin| {
            let suggestions::CalibrationBin { from, to, count, mean_probability, right } = *bin;
            CalibrationBin { from, to, count, mean_probability, right }
        };
        Self {
            bins: found.bins.iter().map(bin).collect(),
            count: found.count(),
            expected_calibration_error: found.expected_error(),
        }
    }
}

#[derive(Default)]
pub struct SuggestionQuery;

#[Object]
impl SuggestionQuery {
    /// What became of suggestions, by any of version, queue and week: by week first, older ones first;
    /// one row of all together if no group is named. Groups without suggestions have no row; more than
    /// 1000 rows are an error. Counts only suggestions for tickets the caller may see. Staff only.
    /// Scope `tickets:read`.
    #[graphql(complexity = "50 + 10 * child_complexity")]
    #[allow(clippy::too_many_arguments, reason = "each is an argument of the field")]
    async fn suggestion_figures(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the suggestions are of.")] kind: LabelKind,
        #[graphql(desc = "Only of this model version.")] version_id: Option<ID>,
        #[graphql(desc = "Only for tickets that are in this queue now.")] queue_id: Option<ID>,
        #[graphql(desc = "Only those made at or after this time.")] from: Option<DateTime<Utc>>,
        #[graphql(desc = "Only those made before this time.")] to: Option<DateTime<Utc>>,
        #[graphql(desc = "What gets rows of its own; nothing if not given.")] group_by: Option<
            Vec<SuggestionFigureGroup>,
        >,
    ) -> ApiResult<Vec<SuggestionFigures>> {
        let actor = ctx.actor()?;
        let scope = scope(kind, version_id, queue_id, from, to)?;
        let groups: Vec<_> = group_by.into_iter().flatten().map(Into::into).collect();
        let found = suggestions::figures(&mut *ctx.conn().await?, actor, scope, &groups).await?;
        Ok(found.into_iter().map(SuggestionFigures).collect())
    }

    /// Whether the probabilities of suggestions mean what they say, as data for a plot. Counts only
    /// suggestions for tickets the caller may see. Staff only. Scope `tickets:read`.
    #[graphql(complexity = "50 + 10 * child_complexity")]
    #[allow(clippy::too_many_arguments, reason = "each is an argument of the field")]
    async fn suggestion_calibration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the suggestions are of.")] kind: LabelKind,
        #[graphql(desc = "Only of this model version.")] version_id: Option<ID>,
        #[graphql(desc = "Only for tickets that are in this queue now.")] queue_id: Option<ID>,
        #[graphql(desc = "Only those made at or after this time.")] from: Option<DateTime<Utc>>,
        #[graphql(desc = "Only those made before this time.")] to: Option<DateTime<Utc>>,
        #[graphql(desc = "Number of bins, 1 to 100.", default = 10)] bins: u32,
    ) -> ApiResult<SuggestionCalibration> {
        let actor = ctx.actor()?;
        let scope = scope(kind, version_id, queue_id, from, to)?;
        let found = suggestions::calibration(&mut *ctx.conn().await?, actor, scope, bins).await?;
        Ok(found.into())
    }
}

fn scope(
    kind: LabelKind,
    version: Option<ID>,
    queue: Option<ID>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
) -> ApiResult<FigureScope> {
    let version = version.map(|id| domain(&id, "versionId")).transpose()?;
    let queue = queue.map(|id| domain(&id, "queueId")).transpose()?;
    let made = Range { from: from.map(Into::into), until: to.map(Into::into) };
    Ok(FigureScope { kind: kind.into(), version, queue, made })
}

//! The two arms of a trial in figures, as guards look at them.

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::BTreeMap;

use super::guards::{ArmFigures, Finding};
use super::roll_back::is_way_back;
use super::{Rollout, Stage};
use crate::db::schema::suggestions;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::ids::{CategoryId, ModelVersionId};
use crate::suggestions::SuggestionState;
use crate::tickets::Priority;
use crate::{Conn, Timestamp};

/// How long a new champion is held against the one before it.
pub(super) const PROBATION_S: i64 = 7 * 24 * 3600;
/// How much of the time before its promotion the one before it is judged by.
const BASELINE_S: i64 = 14 * 24 * 3600;
/// Newest suggestions of an arm behind everything but people's decisions, which are counted whole: a
/// look costs the same however long a trial lasts.
pub(super) const SAMPLE: i64 = 5000;

/// Two versions on a kind's tickets: a candidate and the champion in the same time, or a new champion
/// and the previous one in the fortnight before the change.
#[derive(Debug, Clone, PartialEq)]
pub struct ArmComparison {
    /// The version that would be taken back.
    pub trial_id: ModelVersionId,
    /// The version it is measured against.
    pub control_id: ModelVersionId,
    /// What the trial arm did since its stage began.
    pub trial: ArmFigures,
    /// What the control arm did in the same time, or before where it serves no more.
    pub control: ArmFigures,
    /// What the guards have against the trial arm now.
    pub findings: Vec<Finding>,
}

/// Compares what is on trial at this time; `None` when nothing is: no canary, and no change of the
/// champion within the last week that could be taken back.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn compare(
    conn: &mut Conn,
    rollout: &Rollout,
    now: Timestamp,
) -> Result<Option<ArmComparison>> {
    let Some([trial, control]) = arms(rollout, now) else { return Ok(None) };
    // Without a way back there is nothing to decide.
    if rollout.stage != Stage::Canary
        && !is_way_back(conn, Some(trial.version), control.version).await?
    {
        return Ok(None);
    }
    let (trial_figures, control_figures) =
        (figures(conn, trial).await?, figures(conn, control).await?);
    Ok(Some(ArmComparison {
        trial_id: trial.version,
        control_id: control.version,
        findings: rollout.guards.judge(&trial_figures, &control_figures),
        trial: trial_figures,
        control: control_figures,
    }))
}

/// What a version suggested in a time.
#[derive(Clone, Copy)]
struct Window {
    version: ModelVersionId,
    from: Timestamp,
    until: Timestamp,
}

fn arms(rollout: &Rollout, now: Timestamp) -> Option<[Window; 2]> {
    let champion = rollout.champion_id?;
    if rollout.stage == Stage::Canary {
        let window = |version| Window { version, from: rollout.stage_since, until: now };
        return Some([window(rollout.candidate_id?), window(champion)]);
    }
    let (previous, since) = (rollout.previous_id?, rollout.champion_since?);
    if now > since.plus_seconds(PROBATION_S) {
        return None;
    }
    Some([
        Window { version: champion, from: since, until: now },
        Window { version: previous, from: since.plus_seconds(-BASELINE_S), until: since },
    ])
}

async fn figures(conn: &mut Conn, window: Window) -> Result<ArmFigures> {
    let sample = sample(conn, window).await?;
    let decided: Vec<(SuggestionState, i64)> = suggestions::table
        .filter(suggestions::model_version_id.eq(window.version))
        .filter(suggestions::created_at.ge(window.from))
        .filter(suggestions::created_at.le(window.until))
        // A label that the model itself called a guess is no mistake of the rollout.
        .filter(suggestions::abstained.eq(false))
        // Of labels that the desk applied people correct the wrong ones and leave the right ones alone.
        .filter(suggestions::applied_at.is_null())
        .filter(suggestions::state.eq_any([SuggestionState::Accepted, SuggestionState::Overridden]))
        .group_by(suggestions::state)
        .select((suggestions::state, count_star()))
        .load(conn)
        .await?;
    let count = |wanted| {
        let found = decided.iter().find(|(state, _)| *state == wanted);
        found.map_or(0, |(_, count)| count.unsigned_abs())
    };
    Ok(ArmFigures {
        accepted: count(SuggestionState::Accepted),
        overridden: count(SuggestionState::Overridden),
        ..summary(&sample)
    })
}

#[derive(HasQuery)]
#[diesel(table_name = suggestions)]
struct Sampled {
    category_id: Option<CategoryId>,
    priority: Option<Priority>,
    probability: f64,
    abstained: bool,
    new_word_share: Option<f64>,
    took_us: Option<u32>,
}

async fn sample(conn: &mut Conn, window: Window) -> Result<Vec<Sampled>> {
    Ok(Sampled::query()
        .filter(suggestions::model_version_id.eq(window.version))
        .filter(suggestions::created_at.ge(window.from))
        .filter(suggestions::created_at.le(window.until))
        .order(suggestions::created_at.desc())
        .limit(SAMPLE)
        .load(conn)
        .await?)
}

fn summary(sample: &[Sampled]) -> ArmFigures {
    let mut labels: BTreeMap<String, u64> = BTreeMap::new();
    for row in sample {
        let label = match (row.category_id, row.priority) {
            (Some(id), _) => id.to_string(),
            (None, Some(priority)) => priority.to_string(),
            (None, None) => continue,
        };
        *labels.entry(label).or_default() += 1;
    }
    let mut times: Vec<u32> = sample.iter().filter_map(|row| row.took_us).collect();
    times.sort_unstable();
    // The nearest rank: of twenty times the nineteenth.
    let rank = (times.len() * 95).div_ceil(100).checked_sub(1);
    ArmFigures {
        sample: sample.len() as u64,
        abstention_rate: mean(sample.iter().map(|row| f64::from(u8::from(row.abstained)))),
        mean_probability: mean(sample.iter().map(|row| row.probability)),
        new_word_share: mean(sample.iter().filter_map(|row| row.new_word_share)),
        labels,
        p95_us: rank.map(|rank| times[rank]),
        ..Default::default()
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0_u32, 0.0), |(count, sum), value| (count + 1, sum + value));
    (count > 0).then(|| sum / f64::from(count))
}

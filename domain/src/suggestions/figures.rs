//! Whether suggestions can be trusted: what became of them, and how often they were right.
//!
//! What is right is what people say: a suggestion is judged by the label its ticket has now, where a
//! person gave it. An accepted label counts as given, so figures lean towards the model where people
//! accept without looking; tickets labelled without a suggestion in sight do not lean.
//!
//! What the desk applied by itself is counted apart: people correct what is wrong and leave the rest alone,
//! so how they decide about it says nothing of how good advice is.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable};
use diesel_async::RunQueryDsl;
use std::fmt::{self, Display, Formatter};

use super::{LabelKind, SuggestionState};
use crate::actor::Scope;
use crate::db::schema::{suggestions, tickets as tickets_table};
use crate::error::{Error, Result};
use crate::ids::{ModelVersionId, QueueId};
use crate::tickets::{Range, SuggestionPredicate, Visibility, persons_label};
use crate::{Actor, Conn};

/// Most rows of [`figures`].
const ROWS_MAX: i64 = 1000;

/// Which suggestions to look at.
#[derive(Debug, Clone, Copy)]
pub struct FigureScope {
    pub kind: LabelKind,
    pub version: Option<ModelVersionId>,
    /// The queue their tickets are in now.
    pub queue: Option<QueueId>,
    /// When they were made.
    pub made: Range,
}

/// What gets a row of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureGroup {
    Version,
    Queue,
    /// Of the time the suggestions were made, in UTC.
    Week,
}

/// A week of ISO 8601, which begins on a Monday; its year is the one its Thursday is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IsoWeek {
    pub year: i32,
    pub week: u32,
}

impl Display for IsoWeek {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-W{:02}", self.year, self.week)
    }
}

/// What became of some suggestions. The numbers of all states sum up to `all`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// `None` unless grouped by version; so are queue and week.
    pub version: Option<ModelVersionId>,
    pub queue: Option<QueueId>,
    pub week: Option<IsoWeek>,
    /// Suggestions; those below are counted by what became of them, by [`super::SuggestionState`].
    pub all: u64,
    /// Those the model was not sure of, whatever became of them.
    pub abstained: u64,
    pub open: u64,
    pub accepted: u64,
    pub dismissed: u64,
    pub overridden: u64,
    pub superseded: u64,
    pub applied: u64,
    pub ignored: u64,
    /// Put on their tickets without asking, whatever became of them since: `applied` and more.
    pub ever_applied: u64,
    /// Of those, the ones a person took over; they are in `accepted`, too.
    pub accepted_applied: u64,
    /// Of those, the ones a person took off again; they are in `dismissed`, too.
    pub reverted_applied: u64,
    /// Of those, the ones a person replaced by another label; they are in `overridden`, too.
    pub overridden_applied: u64,
    /// Those whose ticket has a label of the kind that a person gave.
    pub judged: u64,
    /// Those of `judged` that said the same.
    pub right: u64,
}

impl Figures {
    /// Accepted of the advice that a person decided about; `None` when there is none.
    pub fn acceptance(&self) -> Option<f64> {
        let [accepted, dismissed, overridden] = self.decided_advice();
        share(accepted, accepted + dismissed + overridden)
    }

    /// Not abstained of all.
    pub fn coverage(&self) -> Option<f64> {
        share(self.all - self.abstained, self.all)
    }

    /// Right of those that can be judged, also where the model abstained or another version took over.
    pub fn accuracy(&self) -> Option<f64> {
        share(self.right, self.judged)
    }

    /// Overridden of the advice in whose place a person chose a label: this and what was accepted.
    pub fn override_rate(&self) -> Option<f64> {
        let [accepted, _, overridden] = self.decided_advice();
        share(overridden, accepted + overridden)
    }

    /// Reverted or overridden of those that were ever applied; those nobody looked at count as kept.
    pub fn correction_rate(&self) -> Option<f64> {
        share(self.reverted_applied + self.overridden_applied, self.ever_applied)
    }

    /// Accepted, dismissed and overridden ones that were shown as advice, not as set already.
    fn decided_advice(&self) -> [u64; 3] {
        [
            self.accepted - self.accepted_applied,
            self.dismissed - self.reverted_applied,
            self.overridden - self.overridden_applied,
        ]
    }
}

pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Figures of the suggestions whose tickets the actor may see, by week, version and queue, older ones
/// first; one row of all together where nothing is grouped. Staff only.
///
/// # Errors
/// [`Error::Invalid`] for `groupBy` when there would be more than 1000 rows; [`Error::Forbidden`].
pub async fn figures(
    conn: &mut Conn,
    actor: &Actor,
    scope: FigureScope,
    groups: &[FigureGroup],
) -> Result<Vec<Figures>> {
    actor.require_staff(Scope::TicketsRead)?;
    let part = |group, column| if groups.contains(&group) { column } else { "NULL" };
    let judged = persons_label(scope.kind);
    let count = |condition: &str| sql::<BigInt>(&format!("COUNT(IF({condition}, 1, NULL))"));
    let state = |state: SuggestionState| count(&format!("suggestions.outcome = '{state}'"));
    let is_applied = "suggestions.applied_at IS NOT NULL";
    let applied = |state: SuggestionState| {
        count(&format!("suggestions.outcome = '{state}' AND {is_applied}"))
    };
    type Counts = (i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64);
    type AppliedCounts = (i64, i64, i64, i64);
    type Row = (Option<ModelVersionId>, Option<QueueId>, Option<i64>, Counts, AppliedCounts);
    let rows: Vec<Row> = suggestions::table
        .inner_join(tickets_table::table)
        .group_by(sql::<BigInt>("1, 2, 3"))
        .select((
            sql::<Nullable<Binary>>(part(FigureGroup::Version, "suggestions.model_version_id")),
            sql::<Nullable<Binary>>(part(FigureGroup::Queue, "tickets.queue_id")),
            // Mode 3 is ISO 8601: 202648 is the 48th week of 2026.
            sql::<Nullable<BigInt>>(part(FigureGroup::Week, "YEARWEEK(suggestions.created_at, 3)")),
            (
                sql::<BigInt>("COUNT(*)"),
                count("suggestions.abstained"),
                state(SuggestionState::Open),
                state(SuggestionState::Accepted),
                state(SuggestionState::Dismissed),
                state(SuggestionState::Overridden),
                state(SuggestionState::Superseded),
                state(SuggestionState::Applied),
                state(SuggestionState::Ignored),
                count(judged),
                count(&format!("{judged} AND {}", is_right(scope.kind))),
            ),
            (
                count(is_applied),
                applied(SuggestionState::Accepted),
                applied(SuggestionState::Dismissed),
                applied(SuggestionState::Overridden),
            ),
        ))
        .filter(predicate(actor, scope)?)
        .order(sql::<BigInt>("3, 1, 2"))
        .limit(ROWS_MAX + 1)
        .load(conn)
        .await?;
    if rows.len() as i64 > ROWS_MAX {
        let message = format!("more than {ROWS_MAX} rows; ask for less time or fewer groups");
        return Err(Error::invalid("groupBy", message));
    }
    if rows.is_empty() && groups.is_empty() {
        return Ok(vec![Figures::default()]);
    }
    let n = i64::unsigned_abs;
    let figures = |(version, queue, week, counts, of_applied): Row| {
        let (all, abstained, open, accepted, dismissed, overridden, ..) = counts;
        let (.., superseded, applied, ignored, judged, right) = counts;
        let (ever_applied, accepted_applied, reverted_applied, overridden_applied) = of_applied;
        Figures {
            version,
            queue,
            week: week.map(|week| IsoWeek { year: (week / 100) as i32, week: (week % 100) as u32 }),
            all: n(all),
            abstained: n(abstained),
            open: n(open),
            accepted: n(accepted),
            dismissed: n(dismissed),
            overridden: n(overridden),
            superseded: n(superseded),
            applied: n(applied),
            ignored: n(ignored),
            ever_applied: n(ever_applied),
            accepted_applied: n(accepted_applied),
            reverted_applied: n(reverted_applied),
            overridden_applied: n(overridden_applied),
            judged: n(judged),
            right: n(right),
        }
    };
    Ok(rows.into_iter().map(figures).collect())
}

/// SQL: the suggestion has the label that its ticket has.
pub(super) fn is_right(kind: LabelKind) -> &'static str {
    match kind {
        LabelKind::Category => "suggestions.category_id = tickets.category_id",
        LabelKind::Priority => "suggestions.priority = tickets.priority",
    }
}

/// The suggestions that are asked for and that the actor may see: a queue or version out of sight is
/// one without suggestions.
pub(super) fn predicate(actor: &Actor, scope: FigureScope) -> Result<SuggestionPredicate> {
    let seen = Visibility::of(actor)?.predicate_with_suggestions();
    let mut all: SuggestionPredicate = Box::new(seen.and(suggestions::kind.eq(scope.kind)));
    if let Some(version) = scope.version {
        all = Box::new(all.and(suggestions::model_version_id.eq(version)));
    }
    if let Some(queue) = scope.queue {
        all = Box::new(all.and(tickets_table::queue_id.eq(queue)));
    }
    if let Some(from) = scope.made.from {
        all = Box::new(all.and(suggestions::created_at.ge(from)));
    }
    if let Some(until) = scope.made.until {
        all = Box::new(all.and(suggestions::created_at.lt(until)));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_shares_of_what_they_can_be_shares_of() {
        let figures = Figures {
            all: 20,
            abstained: 5,
            accepted: 6,
            dismissed: 2,
            overridden: 2,
            judged: 8,
            right: 6,
            ..Figures::default()
        };
        assert_eq!(figures.acceptance(), Some(0.6));
        assert_eq!(figures.coverage(), Some(0.75));
        assert_eq!(figures.accuracy(), Some(0.75));
        assert_eq!(figures.override_rate(), Some(0.25));
        assert_eq!(figures.correction_rate(), None);
        let none = Figures::default();
        let rates = [none.acceptance(), none.coverage(), none.accuracy(), none.override_rate()];
        assert_eq!(rates, [None; 4]);
        let applied = Figures {
            ever_applied: 10,
            accepted_applied: 2,
            reverted_applied: 2,
            overridden_applied: 1,
            ..figures
        };
        assert_eq!((applied.acceptance(), applied.override_rate()), (Some(0.8), Some(0.2)));
        assert_eq!(applied.correction_rate(), Some(0.3));
    }

    #[test]
    fn weeks_are_written_as_iso_8601_does() {
        assert_eq!(IsoWeek { year: 2026, week: 5 }.to_string(), "2026-W05");
    }
}

//! Whether probabilities mean what they say.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Double};
use diesel_async::RunQueryDsl;

use super::FigureScope;
use super::figures::{is_right, predicate, share};
use crate::actor::Scope;
use crate::db::schema::{suggestions, tickets as tickets_table};
use crate::error::{Error, Result};
use crate::tickets::persons_label;
use crate::{Actor, Conn};

/// How often suggestions of each probability were right: of what was said with 0.8, four in five should be.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// From 0 to 1, equally wide; empty ones included.
    pub bins: Vec<CalibrationBin>,
}

/// Suggestions of about one probability that can be judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrationBin {
    /// Probabilities from here, to below `to`; the last bin holds 1.
    pub from: f64,
    pub to: f64,
    pub count: u64,
    /// `None` in an empty bin; so is `right`.
    pub mean_probability: Option<f64>,
    /// The part that was right, 0 to 1.
    pub right: Option<f64>,
}

impl Calibration {
    /// Suggestions that can be judged.
    pub fn count(&self) -> u64 {
        self.bins.iter().map(|bin| bin.count).sum()
    }

    /// Expected calibration error: the mean distance of probability and part that was right over all
    /// bins, by how many they hold (Naeini et al. 2015). `None` without any suggestion.
    pub fn expected_error(&self) -> Option<f64> {
        let distance = |bin: &CalibrationBin| {
            Some(bin.count as f64 * (bin.mean_probability? - bin.right?).abs())
        };
        let sum: f64 = self.bins.iter().filter_map(distance).sum();
        (self.count() > 0).then(|| sum / self.count() as f64)
    }
}

/// Most bins of a [`Calibration`].
const BINS_MAX: u32 = 100;

/// How probable and how right suggestions were, of those whose tickets the actor may see and a person
/// labelled. Staff only.
///
/// # Errors
/// [`Error::Invalid`] for `bins` outside of 1 to 100; [`Error::Forbidden`].
pub async fn calibration(
    conn: &mut Conn,
    actor: &Actor,
    scope: FigureScope,
    bins: u32,
) -> Result<Calibration> {
    actor.require_staff(Scope::TicketsRead)?;
    if !(1..=BINS_MAX).contains(&bins) {
        return Err(Error::invalid("bins", format!("must be 1 to {BINS_MAX}, got {bins}")));
    }
    let bin = format!("CAST(LEAST(FLOOR(suggestions.probability * {bins}), {bins} - 1) AS SIGNED)");
    let right = format!("COUNT(IF({}, 1, NULL))", is_right(scope.kind));
    let rows: Vec<(i64, i64, f64, i64)> = suggestions::table
        .inner_join(tickets_table::table)
        .group_by(sql::<BigInt>("1"))
        .select((
            sql::<BigInt>(&bin),
            sql::<BigInt>("COUNT(*)"),
            sql::<Double>("AVG(suggestions.probability)"),
            sql::<BigInt>(&right),
        ))
        .filter(predicate(actor, scope)?)
        .filter(sql::<Bool>(persons_label(scope.kind)))
        .load(conn)
        .await?;
    let width = 1.0 / f64::from(bins);
    let made = (0..bins).map(|n| {
        let found = rows.iter().find(|(bin, ..)| *bin == i64::from(n));
        let count = found.map_or(0, |(_, count, ..)| count.unsigned_abs());
        CalibrationBin {
            from: f64::from(n) * width,
            to: f64::from(n + 1) * width,
            count,
            mean_probability: found.map(|(_, _, mean, _)| *mean),
            right: found.and_then(|(.., right)| share(right.unsigned_abs(), count)),
        }
    });
    Ok(Calibration { bins: made.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expected_error_weighs_bins_by_what_they_hold() {
        let bin = |count, mean_probability, right| CalibrationBin {
            from: 0.0,
            to: 1.0,
            count,
            mean_probability,
            right,
        };
        let bins =
            vec![bin(1, Some(0.5), Some(1.0)), bin(0, None, None), bin(3, Some(0.875), Some(0.75))];
        // (1 · 0.5 + 3 · 0.125) / 4
        let calibration = Calibration { bins };
        assert_eq!(calibration.expected_error(), Some(0.21875));
        assert_eq!(Calibration { bins: Vec::new() }.expected_error(), None);
    }
}

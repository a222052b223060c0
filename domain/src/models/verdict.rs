//! Whether a candidate is good enough to take the champion's place.

use super::{NewValidation, Verdict};
use crate::ids::ModelVersionId;

/// Fewer tickets decide nothing.
pub const MINIMUM_SAMPLE: u32 = 50;

/// A candidate that seems to lose this much accuracy or more is taken for worse, even where the
/// sample is too small to be sure of it.
const MARGIN: f64 = 0.02;

/// A candidate and the champion of the time, asked about the same tickets.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// `None` while no version suggests.
    pub champion_id: Option<ModelVersionId>,
    /// Tickets both were asked about.
    pub sample: u32,
    pub candidate_right: u32,
    pub champion_right: u32,
    /// In accuracy, candidate minus champion.
    pub difference: f64,
    /// Lower end of the difference's 95 % interval.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
    /// What the figures do not say, such as that the champion had learned from some of the tickets.
    pub note: Option<String>,
}

impl Comparison {
    /// What it says about the candidate. *Better* is sure, at 95 %; *worse* is sure, or a loss of
    /// two points or more that may be chance; in between the candidate is not worse.
    pub fn verdict(&self) -> Verdict {
        if self.champion_id.is_none() {
            Verdict::NoChampion
        } else if self.sample < MINIMUM_SAMPLE {
            Verdict::TooFew
        } else if self.low > 0.0 {
            Verdict::Better
        } else if self.high < 0.0 || self.difference <= -MARGIN {
            Verdict::Worse
        } else {
            Verdict::NotWorse
        }
    }

    /// As it is written down about a version.
    pub fn of(self, candidate_id: ModelVersionId) -> NewValidation {
        NewValidation {
            verdict: self.verdict(),
            candidate_id,
            champion_id: self.champion_id,
            sample: self.sample,
            candidate_right: self.candidate_right,
            champion_right: self.champion_right,
            difference: self.difference,
            low: self.low,
            high: self.high,
            note: self.note.map(|note| note.chars().take(500).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_and_the_sample_decide() {
        let champion = Some(ModelVersionId::new());
        for (champion_id, sample, [difference, low, high], expected) in [
            (None, 500, [0.1, 0.05, 0.15], Verdict::NoChampion),
            (champion, 49, [0.2, 0.1, 0.3], Verdict::TooFew),
            (champion, 50, [0.2, 0.1, 0.3], Verdict::Better),
            (champion, 50, [0.2, 0.0, 0.3], Verdict::NotWorse),
            (champion, 50, [-0.019, -0.1, 0.1], Verdict::NotWorse),
            (champion, 50, [-0.02, -0.1, 0.1], Verdict::Worse),
            (champion, 9000, [-0.005, -0.009, -0.001], Verdict::Worse),
        ] {
            let (candidate_right, champion_right, note) = (0, 0, None);
            let comparison = Comparison {
                champion_id,
                sample,
                candidate_right,
                champion_right,
                difference,
                low,
                high,
                note,
            };
            assert_eq!(comparison.verdict(), expected, "{comparison:?}");
        }
    }
}

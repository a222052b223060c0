//! Two models on the same tickets: how much better the one is, and how sure that is.
//!
//! Accuracies on the same tickets are not independent, so the interval is one for paired
//! proportions: Newcombe's square-and-add interval, method 10 of Newcombe, R. G. (1998),
//! "Improved confidence intervals for the difference between binomial proportions based on paired
//! data", Statistics in Medicine 17, 2635–2650. It puts together the Wilson intervals of both
//! proportions with the correlation of the answers, and unlike the normal approximation stays
//! inside −1..=1 and keeps a width where the models never disagree.

use serde::{Deserialize, Serialize};

/// Standard normal quantile of a two-sided 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// How often each of two models was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    pub both: u32,
    pub only_candidate: u32,
    pub only_champion: u32,
    pub neither: u32,
}

/// The difference in accuracy, candidate minus champion.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Difference {
    pub value: f64,
    /// Ends of the 95 % interval.
    pub low: f64,
    pub high: f64,
}

impl Counts {
    /// Counts tickets, each with whether the candidate and whether the champion were right.
    pub fn of(answers: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut counts = Self::default();
        for answer in answers {
            *match answer {
                (true, true) => &mut counts.both,
                (true, false) => &mut counts.only_candidate,
                (false, true) => &mut counts.only_champion,
                (false, false) => &mut counts.neither,
            } += 1;
        }
        counts
    }

    /// Tickets asked about.
    pub fn sample(self) -> u32 {
        self.both + self.only_candidate + self.only_champion + self.neither
    }

    /// Tickets the candidate was right about.
    pub fn candidate_right(self) -> u32 {
        self.both + self.only_candidate
    }

    /// Tickets the champion was right about.
    pub fn champion_right(self) -> u32 {
        self.both + self.only_champion
    }

    /// The difference in accuracy with its 95 % interval; all of −1..=1 without tickets.
    pub fn difference(self) -> Difference {
        let n = f64::from(self.sample());
        if n == 0.0 {
            return Difference { value: 0.0, low: -1.0, high: 1.0 };
        }
        let (p1, p2) =
            (f64::from(self.candidate_right()) / n, f64::from(self.champion_right()) / n);
        let ((low1, high1), (low2, high2)) = (wilson(p1, n), wilson(p2, n));
        let phi = self.correlation();
        // Half the interval: `one` and `other` are the distances that add up if independent.
        let reach = |one: f64, other: f64| {
            (one * one - 2.0 * phi * one * other + other * other).max(0.0).sqrt()
        };
        let value = p1 - p2;
        Difference {
            value,
            low: (value - reach(p1 - low1, high2 - p2)).max(-1.0),
            high: (value + reach(p2 - low2, high1 - p1)).min(1.0),
        }
    }

    /// Correlation of being right; a positive one is corrected for continuity, which makes the
    /// interval a little wider.
    fn correlation(self) -> f64 {
        let [e, f, g, h] =
            [self.both, self.only_candidate, self.only_champion, self.neither].map(f64::from);
        let margins = (e + f) * (g + h) * (e + g) * (f + h);
        let product = e * h - f * g;
        if margins == 0.0 {
            return 0.0;
        }
        let corrected =
            if product > 0.0 { (product - (e + f + g + h) / 2.0).max(0.0) } else { product };
        corrected / margins.sqrt()
    }
}

/// Wilson's score interval of a proportion (Wilson 1927).
fn wilson(p: f64, n: f64) -> (f64, f64) {
    let shrink = 1.0 + Z * Z / n;
    let centre = (p + Z * Z / (2.0 * n)) / shrink;
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt() / shrink;
    (centre - half, centre + half)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(both: u32, only_candidate: u32, only_champion: u32, neither: u32) -> Counts {
        Counts { both, only_candidate, only_champion, neither }
    }

    /// Figures of Fagerland, Lydersen and Laake (2017), "Statistical Analysis of Contingency Tables",
    /// chapter 8, as their R package `contingencytables` prints them.
    #[test]
    fn intervals_are_those_of_the_literature() {
        for (counts, expected) in [
            // Complete response before and after consolidation therapy (Cavo et al. 2012).
            (counts(59, 6, 16, 80), [-0.0621, -0.1186, -0.0046]),
            // Airway hyper-responsiveness before and after transplantation (Bentur et al. 2009).
            (counts(1, 1, 7, 12), [-0.2857, -0.5069, -0.0256]),
        ] {
            let Difference { value, low, high } = counts.difference();
            for (got, expected) in [value, low, high].into_iter().zip(expected) {
                assert!((got - expected).abs() < 5e-5, "{counts:?}: {got}, not {expected}");
            }
        }
    }

    #[test]
    fn swapping_the_models_turns_the_interval_around() {
        let (one, other) = (counts(40, 9, 3, 8).difference(), counts(40, 3, 9, 8).difference());
        assert!((one.value + other.value).abs() < 1e-12);
        assert!((one.low + other.high).abs() < 1e-12 && (one.high + other.low).abs() < 1e-12);
    }

    #[test]
    fn extremes_stay_inside_and_keep_a_width() {
        let same = counts(50, 0, 0, 0).difference();
        assert!(same.low < 0.0 && same.high > 0.0, "{same:?}");
        let opposite = counts(0, 50, 0, 0).difference();
        assert!(opposite.low > 0.8 && opposite.high == 1.0, "{opposite:?}");
        let nothing = Counts::default().difference();
        assert_eq!((nothing.low, nothing.high), (-1.0, 1.0));
    }

    #[test]
    fn more_tickets_make_it_surer() {
        let (few, many) = (counts(40, 6, 2, 2).difference(), counts(400, 60, 20, 20).difference());
        assert_eq!(few.value, many.value);
        assert!(few.low < 0.0 && many.low > 0.0 && many.high < few.high);
    }

    #[test]
    fn answers_are_counted_by_who_was_right() {
        let answers = [(true, true), (true, false), (false, true), (false, false), (true, true)];
        let counted = Counts::of(answers);
        assert_eq!(counted, counts(2, 1, 1, 1));
        assert_eq!(
            (counted.sample(), counted.candidate_right(), counted.champion_right()),
            (5, 3, 3)
        );
    }
}

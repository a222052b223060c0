//! From which probability on a suggestion is good enough to be a decision.

use super::HELD_BACK_MIN;

/// Where nearly all held-back decisions are right, any threshold reaches the precision. A label that
/// is more likely wrong than right is no decision then either, and tickets that belong nowhere, which
/// the held-back ones may lack, get such labels.
pub const THRESHOLD_MIN: f64 = 0.5;

/// The lowest probability, but not below [`THRESHOLD_MIN`], at and above which at least `precision`
/// of the decisions were right.
///
/// `decisions` are pairs of the probability of the named label and whether it was right. `None` if
/// no threshold with at least [`HELD_BACK_MIN`] decisions above it reaches the precision.
pub fn threshold(decisions: &[(f64, bool)], precision: f64) -> Option<f64> {
    let mut sorted = decisions.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut right = 0_usize;
    let mut lowest = None;
    for (i, &(probability, is_right)) in sorted.iter().enumerate() {
        right += usize::from(is_right);
        let decided = i + 1;
        let is_last_of_tie = sorted.get(decided).is_none_or(|next| next.0 < probability);
        if is_last_of_tie && decided >= HELD_BACK_MIN && right as f64 >= precision * decided as f64
        {
            // If even all of them reach it, there is nothing to abstain from but the unlikely.
            let is_all = decided == sorted.len();
            lowest = Some(if is_all { THRESHOLD_MIN } else { probability.max(THRESHOLD_MIN) });
        }
    }
    lowest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_is_the_lowest_that_reaches_the_precision() {
        // 30 right at 0.9, then 10 of which 5 right at 0.6, then 60 wrong at 0.3:
        // 30/30, 35/40 = 0.875, 35/100.
        let mut decisions = vec![(0.9, true); 30];
        decisions.extend((0..10).map(|i| (0.6, i % 2 == 0)));
        decisions.extend([(0.3, false); 60]);
        assert_eq!(threshold(&decisions, 0.9), Some(0.9));
        assert_eq!(threshold(&decisions[..30], 0.9), Some(THRESHOLD_MIN));
        assert_eq!(threshold(&decisions, 0.875), Some(0.6));
        assert_eq!(threshold(&decisions, 0.35), Some(THRESHOLD_MIN));
    }

    #[test]
    fn a_precision_nobody_reaches_has_no_threshold() {
        assert_eq!(threshold(&[(0.9, false); 100], 0.9), None);
        assert_eq!(threshold(&[(0.9, true); HELD_BACK_MIN - 1], 0.9), None);
        assert_eq!(threshold(&[], 0.9), None);
    }
}

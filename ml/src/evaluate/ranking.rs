//! How well a score puts some tickets before others, whatever its scale.

/// Probability that a positive scores higher than a negative, ties counting half (the area under the
/// ROC curve; Hanley & McNeil 1982). `None` unless there are both.
pub fn auroc(scored: &[(f64, bool)]) -> Option<f64> {
    let positives = scored.iter().filter(|(_, is_positive)| *is_positive).count() as f64;
    let negatives = scored.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let mut below = 0.0;
    let mut pairs = 0.0;
    for tie in ties(scored, |a, b| a.total_cmp(&b)) {
        let in_tie = tie.iter().filter(|(_, is_positive)| *is_positive).count() as f64;
        let others = tie.len() as f64 - in_tie;
        pairs += in_tie * (below + others / 2.0);
        below += others;
    }
    Some(pairs / (positives * negatives))
}

/// Mean precision over the recall steps, from the highest score down; ties are taken together, as in
/// scikit-learn's `average_precision_score`. `None` without positives.
pub fn average_precision(scored: &[(f64, bool)]) -> Option<f64> {
    let positives = scored.iter().filter(|(_, is_positive)| *is_positive).count() as f64;
    if positives == 0.0 {
        return None;
    }
    let (mut found, mut seen, mut sum) = (0.0, 0.0, 0.0);
    for tie in ties(scored, |a, b| b.total_cmp(&a)) {
        let in_tie = tie.iter().filter(|(_, is_positive)| *is_positive).count() as f64;
        found += in_tie;
        seen += tie.len() as f64;
        sum += in_tie / positives * (found / seen);
    }
    Some(sum)
}

/// Groups of equal scores, in the given order.
fn ties(
    scored: &[(f64, bool)],
    order: impl Fn(f64, f64) -> std::cmp::Ordering,
) -> Vec<Vec<(f64, bool)>> {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| order(a.0, b.0));
    sorted.chunk_by(|a, b| a.0 == b.0).map(<[_]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_of_small_sets() {
        // By hand: of four pairs 3 are in order and one is a tie: 3.5 / 4.
        let scored = [(0.9, true), (0.5, true), (0.5, false), (0.1, false)];
        assert_eq!(auroc(&scored), Some(0.875));
        assert_eq!(auroc(&scored[..2]), None);
        // 1/2 at precision 1, then 1/2 at 2/3.
        assert_eq!(average_precision(&scored), Some(0.5 + 0.5 * 2.0 / 3.0));
        assert_eq!(average_precision(&scored[2..]), None);
    }
}

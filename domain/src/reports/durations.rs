//! How long things took: exact quantiles, not estimates.

/// How long several things took, in seconds.
///
/// Quantiles are values that occurred (nearest rank): the least one that the wanted part of all does not
/// exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Durations {
    pub count: u64,
    /// `None` of nothing.
    pub median_s: Option<u64>,
    /// Nine in ten took no longer. `None` of nothing.
    pub p90_s: Option<u64>,
}

impl Durations {
    /// Leaves the values in another order.
    pub(super) fn of(seconds: &mut [u64]) -> Self {
        Self {
            count: seconds.len() as u64,
            median_s: quantile(seconds, 1, 2),
            p90_s: quantile(seconds, 9, 10),
        }
    }
}

/// The quantile `part / whole`.
fn quantile(values: &mut [u64], part: usize, whole: usize) -> Option<u64> {
    let rank = (values.len() * part).div_ceil(whole);
    let n = rank.checked_sub(1)?;
    Some(*values.select_nth_unstable(n).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_exact_and_occurred() {
        for (values, median, p90) in [
            (vec![], None, None),
            (vec![7], Some(7), Some(7)),
            (vec![9, 1], Some(1), Some(9)),
            (vec![3, 1, 2], Some(2), Some(3)),
            ((1..=10).rev().collect(), Some(5), Some(9)),
            ((1..=100).collect(), Some(50), Some(90)),
            (vec![5; 11], Some(5), Some(5)),
        ] {
            let count = values.len() as u64;
            let found = Durations::of(&mut values.clone());
            assert_eq!(found, Durations { count, median_s: median, p90_s: p90 }, "{values:?}");
        }
    }
}

//! Percentiles of measured times.

use std::time::Duration;

/// Measured times in microseconds.
#[derive(Debug, Clone, Default)]
pub struct Times(Vec<u32>);

impl Times {
    pub fn add(&mut self, time: Duration) {
        self.0.push(u32::try_from(time.as_micros()).unwrap_or(u32::MAX));
    }

    pub fn extend(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The times below which the given parts of all lie, in milliseconds; zeros without any.
    ///
    /// `parts` are 0 to 1. The nearest rank is taken, nothing is interpolated.
    pub fn percentiles<const N: usize>(&self, parts: [f64; N]) -> [f64; N] {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        parts.map(|part| {
            let rank = (part * sorted.len() as f64).ceil().max(1.0) as usize;
            sorted.get(rank - 1).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let mut times = Times::default();
        for millis in (1..=200).rev() {
            times.add(Duration::from_millis(millis));
        }
        assert_eq!(times.percentiles([0.0, 0.5, 0.99, 1.0]), [1.0, 100.0, 198.0, 200.0]);
        assert_eq!(Times::default().percentiles([0.5]), [0.0]);
    }
}

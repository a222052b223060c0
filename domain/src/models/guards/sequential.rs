//! A test of two proportions that may be looked at after every observation.

/// Hits among so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proportion {
    pub hits: u64,
    pub of: u64,
}

impl Proportion {
    /// Shrunk a little to one half (Agresti and Coull 1998), so that no arm without a hit claims to have
    /// no variance.
    fn estimate(self) -> f64 {
        (self.hits as f64 + 1.0) / (self.of as f64 + 2.0)
    }
}

/// Standard deviation of the differences that the alternative reckons with: ten points.
const TAU: f64 = 0.1;

/// Likelihood ratio of "the proportions differ, by an amount drawn from N(0, τ²)" against "they are
/// equal": at `1 / alpha` equality is rejected, and the chance that equal proportions ever get there, at
/// any of any number of looks, is at most `alpha` (for large samples).
///
/// With the variance `v` of the difference `d`, it is `√(v / (v + τ²)) · exp(τ² d² / (2 v (v + τ²)))`.
///
/// Reference: Johari, Koomen, Pekelis and Walsh, "Peeking at A/B Tests", KDD 2017: the mixture sequential
/// probability ratio test for two streams, here with arms of different length.
pub fn mixture_likelihood_ratio(a: Proportion, b: Proportion) -> f64 {
    let (p, q) = (a.estimate(), b.estimate());
    let variance = p * (1.0 - p) / a.of.max(1) as f64 + q * (1.0 - q) / b.of.max(1) as f64;
    let wide = variance + TAU * TAU;
    let difference = p - q;
    let exponent = TAU * TAU * difference * difference / (2.0 * variance * wide);
    (variance / wide).sqrt() * exponent.exp()
}

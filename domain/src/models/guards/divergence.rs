//! How different two mixes of labels are.

use std::collections::{BTreeMap, BTreeSet};

/// Jensen–Shannon divergence of two counts, base 2: 0 for equal mixes, 1 for mixes without a common
/// label. `None` when one of them is empty.
///
/// Reference: Lin, "Divergence measures based on the Shannon entropy", IEEE Transactions on Information
/// Theory 37 (1991).
pub fn jensen_shannon(a: &BTreeMap<String, u64>, b: &BTreeMap<String, u64>) -> Option<f64> {
    let (total_a, total_b) = (a.values().sum::<u64>() as f64, b.values().sum::<u64>() as f64);
    if total_a == 0.0 || total_b == 0.0 {
        return None;
    }
    let labels: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let part = |p: f64, middle: f64| if p > 0.0 { p * (p / middle).log2() } else { 0.0 };
    let sum: f64 = labels
        .into_iter()
        .map(|label| {
            let p = a.get(label).copied().unwrap_or(0) as f64 / total_a;
            let q = b.get(label).copied().unwrap_or(0) as f64 / total_b;
            let middle = (p + q) / 2.0;
            (part(p, middle) + part(q, middle)) / 2.0
        })
        .sum();
    Some(sum.clamp(0.0, 1.0))
}

/// What [`jensen_shannon`] gives on average for two samples of one and the same mix:
/// `(labels − 1) / (8 ln 2) · (1 / a + 1 / b)`, the leading term of the plug-in estimate's bias. 0 when
/// one of them is empty.
///
/// Reference: Grosse et al., "Analysis of symbolic sequences using the Jensen–Shannon divergence",
/// Physical Review E 65 (2002), where twice `ln 2 · N · divergence` is χ² distributed.
pub fn divergence_by_chance(a: &BTreeMap<String, u64>, b: &BTreeMap<String, u64>) -> f64 {
    let (total_a, total_b) = (a.values().sum::<u64>() as f64, b.values().sum::<u64>() as f64);
    if total_a == 0.0 || total_b == 0.0 {
        return 0.0;
    }
    let labels = a.keys().chain(b.keys()).collect::<BTreeSet<_>>().len();
    (labels as f64 - 1.0) / (8.0 * std::f64::consts::LN_2) * (1.0 / total_a + 1.0 / total_b)
}

//! Agreement on ordered labels: mistaking `minor` for `blocker` is worse than for `trivial`.

/// Orders of priority from least to most urgent, each as one tracker uses it.
const ORDERS: [&[&str]; 3] = [
    &["low", "normal", "high", "urgent"],
    &["trivial", "minor", "major", "critical", "blocker"],
    &["normal", "escalated"],
];

/// Place of a label in the order that holds all of `labels`, 0 being least urgent.
///
/// `None` if no known order holds them all, or `label` is not among them. Case does not matter.
pub fn priority_rank(label: &str, labels: &[&str]) -> Option<usize> {
    place(order_of(labels)?, label)
}

/// Cohen's kappa with quadratic weights (Cohen 1968) over pairs of true and suggested label.
///
/// 1 is full agreement, 0 what chance gives. `None` without pairs, or if no known order holds all
/// labels; 0 if all labels are one and the same.
pub fn quadratic_weighted_kappa<'a>(
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Option<f64> {
    let pairs: Vec<_> = pairs.into_iter().collect();
    let labels: Vec<&str> = pairs.iter().flat_map(|&(truth, said)| [truth, said]).collect();
    let order = order_of(&labels)?;
    let size = order.len();
    let (mut truths, mut saids) = (vec![0_f64; size], vec![0_f64; size]);
    let mut observed = 0.0;
    for (truth, said) in &pairs {
        let (truth, said) = (place(order, truth)?, place(order, said)?);
        truths[truth] += 1.0;
        saids[said] += 1.0;
        observed += weight(truth, said);
    }
    let cells = (0..size).flat_map(|i| (0..size).map(move |j| (i, j)));
    let expected: f64 = cells.map(|(i, j)| weight(i, j) * truths[i] * saids[j]).sum();
    let expected = expected / pairs.len() as f64;
    Some(if expected > 0.0 { 1.0 - observed / expected } else { 0.0 })
}

fn weight(i: usize, j: usize) -> f64 {
    i.abs_diff(j).pow(2) as f64
}

fn order_of(labels: &[&str]) -> Option<&'static [&'static str]> {
    let holds_all = |order: &&&[&str]| labels.iter().all(|l| place(order, l).is_some());
    ORDERS.iter().find(holds_all).filter(|_| !labels.is_empty()).copied()
}

fn place(order: &[&str], label: &str) -> Option<usize> {
    order.iter().position(|l| l.eq_ignore_ascii_case(label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kappa_of_a_worked_example() {
        // Truth low, low, urgent, urgent; said low, urgent, urgent, urgent. Weights 9 at the corner.
        // Observed 9; expected (2·3 + 2·1)·9 / 4 = 18; kappa = 1 − 9/18.
        let pairs = [("low", "low"), ("low", "urgent"), ("urgent", "urgent"), ("urgent", "urgent")];
        assert_eq!(quadratic_weighted_kappa(pairs), Some(0.5));
    }

    #[test]
    fn full_agreement_is_one_and_one_label_is_zero() {
        assert_eq!(
            quadratic_weighted_kappa([("minor", "minor"), ("Blocker", "blocker")]),
            Some(1.0)
        );
        assert_eq!(quadratic_weighted_kappa([("major", "major")]), Some(0.0));
    }

    #[test]
    fn labels_without_an_order_have_no_kappa() {
        assert_eq!(quadratic_weighted_kappa([("a", "b")]), None);
        assert_eq!(quadratic_weighted_kappa([("low", "blocker")]), None);
        assert_eq!(quadratic_weighted_kappa([]), None);
    }

    #[test]
    fn ranks_grow_with_urgency() {
        let labels = ["normal", "escalated"];
        assert_eq!(labels.map(|l| priority_rank(l, &labels)), [Some(0), Some(1)]);
        assert_eq!(priority_rank("urgent", &["normal", "high"]), Some(3));
        assert_eq!(priority_rank("billing", &["billing"]), None);
    }
}

//! How much of each learner goes into the score.

use super::{Linear, softmax};

/// Weight of each learner's score in the blend.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `softmax` | 1 | of softmax regression | ≥ 0 |
/// | `naive_bayes` | 0.2 | of naive Bayes | ≥ 0 |
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blend {
    pub softmax: f64,
    pub naive_bayes: f64,
}

impl Default for Blend {
    fn default() -> Self {
        Self { softmax: 1.0, naive_bayes: 0.2 }
    }
}

/// What both learners say about a held-back ticket, one score a class.
#[derive(Debug, Clone)]
pub struct BothScores {
    pub softmax: Vec<f64>,
    pub naive_bayes: Vec<f64>,
    /// Its class; only tickets of known classes are given here.
    pub target: usize,
}

/// Newton steps at most; half a dozen are usual.
const STEPS: usize = 30;
/// Share of tickets whose label is taken for chance while blending, so that no single one decides.
const NOISE: f64 = 0.02;

impl Blend {
    /// The blend under which the targets are most likely.
    ///
    /// The loss is almost convex in two numbers; damped Newton steps find its minimum, and neither
    /// weight leaves its range.
    pub fn fit(tickets: &[BothScores]) -> Self {
        let mut blend = Self::default();
        let mut loss = blend.loss(tickets);
        for _ in 0..STEPS {
            let step = blend.newton_step(tickets);
            let damped = (0..12).map(|halvings| blend.minus(step, 0.5_f64.powi(halvings)));
            let better = damped.map(|b| (b.loss(tickets), b)).find(|(l, _)| *l < loss - 1e-7);
            let Some((lower, next)) = better else { break };
            (loss, blend) = (lower, next);
        }
        blend
    }

    /// Mean negative log-likelihood, in nats; 0 without tickets.
    pub fn loss(&self, tickets: &[BothScores]) -> f64 {
        let nats = |t: &BothScores| {
            let p = softmax(&self.scores(t), 1.0);
            -(p[t.target] * (1.0 - NOISE) + NOISE / p.len() as f64).ln()
        };
        tickets.iter().map(nats).sum::<f64>() / tickets.len().max(1) as f64
    }

    /// One model that scores as the blend does.
    pub fn linear(&self, bias: &[f32], softmax: &[f32], naive_bayes: &[f32]) -> Linear {
        let (s, n) = (self.softmax as f32, self.naive_bayes as f32);
        let weights = softmax.iter().zip(naive_bayes).map(|(a, b)| s * a + n * b);
        Linear::new(bias.iter().map(|b| s * b).collect(), &weights.collect::<Vec<_>>())
    }

    fn scores(&self, ticket: &BothScores) -> Vec<f64> {
        let both = ticket.softmax.iter().zip(&ticket.naive_bayes);
        both.map(|(s, n)| self.softmax * s + self.naive_bayes * n).collect()
    }

    fn minus(&self, step: [f64; 2], scale: f64) -> Self {
        Self {
            softmax: (self.softmax - scale * step[0]).max(0.0),
            naive_bayes: (self.naive_bayes - scale * step[1]).max(0.0),
        }
    }

    /// Gradient through the inverse of the Hessian, which for a softmax is the covariance of the
    /// features under the predicted distribution.
    fn newton_step(&self, tickets: &[BothScores]) -> [f64; 2] {
        let (mut gradient, mut hessian) = ([0.0; 2], [[1e-9, 0.0], [0.0, 1e-9]]);
        for ticket in tickets {
            let p = softmax(&self.scores(ticket), 1.0);
            let own = p[ticket.target] * (1.0 - NOISE);
            let weight = own / (own + NOISE / p.len() as f64);
            let of = |class: usize| [ticket.softmax[class], ticket.naive_bayes[class]];
            let mut mean = [0.0; 2];
            for (class, p) in p.iter().enumerate() {
                (0..2).for_each(|i| mean[i] += p * of(class)[i]);
            }
            for i in 0..2 {
                gradient[i] += weight * (mean[i] - of(ticket.target)[i]);
                for j in 0..2 {
                    let spread = |(class, p): (usize, &f64)| {
                        p * (of(class)[i] - mean[i]) * (of(class)[j] - mean[j])
                    };
                    hessian[i][j] += weight * p.iter().enumerate().map(spread).sum::<f64>();
                }
            }
        }
        let [[a, b], [c, d]] = hessian;
        let determinant = a * d - b * c;
        if determinant.abs() < 1e-12 {
            return [gradient[0] / a, 0.0];
        }
        [
            (d * gradient[0] - b * gradient[1]) / determinant,
            (a * gradient[1] - c * gradient[0]) / determinant,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Classifier;
    use crate::features::Sparse;

    /// `right` of `all` tickets belong to the class the scores name.
    fn tickets(softmax: f64, naive_bayes: f64, right: usize, all: usize) -> Vec<BothScores> {
        let ticket = |i: usize| BothScores {
            softmax: vec![softmax, 0.0],
            naive_bayes: vec![naive_bayes, 0.0],
            target: usize::from(i >= right),
        };
        (0..all).map(ticket).collect()
    }

    #[test]
    fn a_learner_that_knows_nothing_is_left_out() {
        let mut all = tickets(2.0, 3.0, 60, 80);
        all.extend(tickets(2.0, -3.0, 60, 80));
        let blend = Blend::fit(&all);
        assert!(blend.naive_bayes < 1e-3, "{blend:?}");
        // Odds of 3 : 1 in log, with 2 % of noise taken off: (0.75 − 0.01) / 0.98.
        let share: f64 = (0.75 - NOISE / 2.0) / (1.0 - NOISE);
        assert!((blend.softmax * 2.0 - (share / (1.0 - share)).ln()).abs() < 0.01, "{blend:?}");
    }

    #[test]
    fn two_that_know_different_things_are_both_heard() {
        let mut all = tickets(2.0, 0.0, 35, 40);
        all.extend(tickets(0.0, 2.0, 35, 40));
        let blend = Blend::fit(&all);
        assert!(
            (blend.softmax - blend.naive_bayes).abs() < 0.01 && blend.softmax > 0.8,
            "{blend:?}"
        );
    }

    #[test]
    fn the_linear_form_scores_as_the_blend() {
        let blend = Blend { softmax: 2.0, naive_bayes: 0.5 };
        let linear = blend.linear(&[1.0, 0.0], &[1.0, -1.0], &[4.0, 0.0]);
        let scores = linear.log_scores(&Sparse::new(vec![0], &[1.0]));
        // 2·(1 + 1) + 0.5·4 against 2·(0 − 1).
        assert!((scores[0] - scores[1] - 8.0).abs() < 1e-5, "{scores:?}");
    }

    #[test]
    fn without_tickets_the_default_stays() {
        assert_eq!(Blend::fit(&[]), Blend::default());
    }
}

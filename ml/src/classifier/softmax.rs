//! Multinomial logistic regression on sparse vectors, by dual coordinate ascent.
//!
//! The primal minimises `½‖W‖² + Σ Cᵢ · −log softmax(W xᵢ)[yᵢ]`. Its dual has a distribution `qᵢ` over the
//! classes for each example, and `W = Σ Cᵢ (e(yᵢ) − qᵢ) ⊗ xᵢ`: a pass visits the examples in a
//! shuffled order and moves each `qᵢ` towards `softmax(W xᵢ)`, where it stands at the optimum, by as much as
//! raises the dual most (stochastic dual coordinate ascent, Shalev-Shwartz & Zhang 2013, "Stochastic
//! Dual Coordinate Ascent Methods for Regularized Loss Minimization"; the dual itself: Yu, Huang & Lin
//! 2011, "Dual coordinate descent methods for logistic regression and maximum entropy models").
//! linfa-logistic needs dense vectors: 3 GB for 16,000 tickets.

use half::slice::HalfFloatSliceExt;
use multiversion::multiversion;

use super::Examples;
use crate::features::Sparse;

/// Weights of all classes stand in lanes of eight, which the compiler turns into vector instructions.
const LANES: usize = 8;
/// Most passes over the examples.
const PASSES: usize = 12;
/// Ends when the probabilities move less than this in a pass, on average over the examples.
const SETTLED: f64 = 1.5e-3;

/// Examples between two questions whether to go on: milliseconds.
const ASK_EVERY: usize = 256;

/// Is asked again and again whether to go on.
pub type GoesOn<'a> = &'a (dyn Fn() -> bool + Sync);

/// How strongly the weights follow the examples.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `c` | 8 | inverse regularisation: higher trusts the labels more | > 0 |
/// | `balance` | 0.3 | how much a rare class's tickets count more: `c · (mean / tickets)^balance` | 0..=1 |
/// | `seed` | 0 | order in which examples are visited | |
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoftmaxParams {
    pub c: f32,
    pub balance: f32,
    pub seed: u64,
}

impl Default for SoftmaxParams {
    fn default() -> Self {
        Self { c: 8.0, balance: 0.3, seed: 0 }
    }
}

/// A fitted model; keeps what it needs to learn from more examples.
#[derive(Debug, Clone)]
pub struct Softmax {
    /// Column-major, `(width + 1) × lanes`; the last column is the bias.
    weights: Vec<f32>,
    /// `examples × lanes`: the dual distributions, in the order of the examples.
    duals: Vec<f32>,
    classes: usize,
}

impl Softmax {
    /// Fits on examples whose vectors have about length 1.
    pub fn fit(examples: &Examples, params: &SoftmaxParams) -> Self {
        Self::fit_while(examples, params, &|| true)
    }

    /// As [`Softmax::fit`]; where `goes_on` says no, ends in the middle with weights that mean nothing.
    pub fn fit_while(examples: &Examples, params: &SoftmaxParams, goes_on: GoesOn) -> Self {
        let lanes = examples.classes.next_multiple_of(LANES);
        let mut fresh = Self {
            weights: vec![0.0; (examples.width + 1) * lanes],
            duals: Vec::new(),
            classes: examples.classes,
        };
        fresh.learn(examples, params, goes_on);
        fresh
    }

    /// Learns on from where a fit ended: `examples` begin with the ones it knows, in their order. Takes
    /// fewer passes than a fresh fit and ends at the same optimum.
    #[must_use]
    pub fn refit(self, examples: &Examples, params: &SoftmaxParams) -> Self {
        self.refit_while(examples, params, &|| true)
    }

    /// As [`Softmax::refit`]; ends in the middle as [`Softmax::fit_while`] does.
    #[must_use]
    pub fn refit_while(
        mut self,
        examples: &Examples,
        params: &SoftmaxParams,
        goes_on: GoesOn,
    ) -> Self {
        self.learn(examples, params, goes_on);
        self
    }

    /// The bias of each class, and the weights, column-major.
    pub fn weights(&self) -> (Vec<f32>, Vec<f32>) {
        let lanes = self.classes.next_multiple_of(LANES);
        let rows = self.weights.chunks_exact(lanes).map(|row| &row[..self.classes]);
        let mut weights: Vec<f32> = rows.flatten().copied().collect();
        let bias = weights.split_off(weights.len() - self.classes);
        (bias, weights)
    }

    fn learn(&mut self, examples: &Examples, params: &SoftmaxParams, goes_on: GoesOn) {
        let lanes = self.classes.next_multiple_of(LANES);
        let known = self.duals.len() / lanes;
        self.duals.resize(examples.targets.len() * lanes, 0.0);
        // What was never looked at starts where it adds nothing to the weights.
        for (row, &class) in examples.targets.iter().enumerate().skip(known) {
            self.duals[row * lanes + class] = 1.0;
        }
        let costs = costs(examples, params);
        self.rebuild_weights(examples, &costs, known);
        let mut order: Vec<u32> = (0..examples.targets.len() as u32).collect();
        let mut dice = Dice(params.seed ^ 0x9e37_79b9_7f4a_7c15);
        let mut scratch = Scratch::new(lanes);
        for _ in 0..PASSES {
            dice.shuffle(&mut order);
            let mut moved = 0.0;
            for (at, &row) in order.iter().enumerate() {
                if at % ASK_EVERY == 0 && !goes_on() {
                    return;
                }
                let row = row as usize;
                let cost = costs[examples.targets[row]];
                moved += f64::from(self.visit(examples.vectors[row], row, cost, &mut scratch));
            }
            if moved < SETTLED * order.len() as f64 {
                break;
            }
        }
    }

    /// Costs depend on the shares of the classes, which more examples change: the weights that belong
    /// to the known duals are made anew.
    fn rebuild_weights(&mut self, examples: &Examples, costs: &[f32], known: usize) {
        if known == 0 {
            return;
        }
        let lanes = self.classes.next_multiple_of(LANES);
        self.weights.fill(0.0);
        let mut scratch = Scratch::new(lanes);
        for row in 0..known {
            let (class, duals) = (examples.targets[row], &self.duals[row * lanes..][..lanes]);
            scratch.step.iter_mut().zip(duals).for_each(|(s, q)| *s = -costs[class] * q);
            scratch.step[class] += costs[class];
            let x = examples.vectors[row];
            scratch.unpack(x);
            add(&mut self.weights, &x.indices, &scratch.values, &scratch.step);
        }
    }

    /// Moves one example's distribution and the weights with it; returns how far at most.
    fn visit(&mut self, x: &Sparse, row: usize, cost: f32, scratch: &mut Scratch) -> f32 {
        let squared_norm = scratch.unpack(x);
        let Scratch { values, step, odds, moving } = scratch;
        let (lanes, classes) = (step.len(), self.classes);
        let bias = self.weights.len() - lanes;
        step.copy_from_slice(&self.weights[bias..]);
        sum(&self.weights, &x.indices, values, step);
        let duals = &mut self.duals[row * lanes..][..classes];
        let steepness = cost * (1.0 + squared_norm);
        let (reach, far) = towards_softmax(&mut step[..classes], odds, moving, duals, steepness);
        for (direction, dual) in step[..classes].iter_mut().zip(duals) {
            *dual += reach * *direction;
            *direction *= -cost * reach;
        }
        step[classes..].fill(0.0);
        let furthest = reach * far;
        if furthest > 1e-5 {
            add(&mut self.weights, &x.indices, values, step);
        }
        furthest
    }
}

/// Room for one example, used again and again.
struct Scratch {
    values: Vec<f32>,
    /// Scores, then the direction, then what is added to the weights.
    step: Vec<f32>,
    odds: Vec<f32>,
    /// Parts of the direction with their duals.
    moving: Vec<(f32, f32)>,
}

impl Scratch {
    fn new(lanes: usize) -> Self {
        Self { values: Vec::new(), step: vec![0.0; lanes], odds: Vec::new(), moving: Vec::new() }
    }

    /// Takes the example's values; returns their squared length.
    fn unpack(&mut self, x: &Sparse) -> f32 {
        self.values.resize(x.values.len(), 0.0);
        x.values.convert_to_f32_slice(&mut self.values);
        self.values.iter().map(|value| value * value).sum()
    }
}

/// Turns scores into the direction from the dual distribution `q` to their softmax, and finds how much
/// of it to go, in 0..=1; also returns the direction's largest part.
///
/// The dual of one example along a direction `d` has the slope
/// `Σ d ln(q + t d) − Σ d score + t · steepness · Σ d²`, which rises with `t`: safeguarded Newton steps find
/// where it is zero. A fixed step for the largest curvature there can be takes several times the passes.
fn towards_softmax(
    scores: &mut [f32],
    odds: &mut Vec<f32>,
    moving: &mut Vec<(f32, f32)>,
    q: &[f32],
    steepness: f32,
) -> (f32, f32) {
    const STEPS: usize = 4;
    /// Parts of the direction below this change nothing; most are, once a few passes are made.
    const STANDS: f32 = 1e-6;
    let top = scores.iter().copied().fold(f32::MIN, f32::max);
    odds.clear();
    odds.extend(scores.iter().map(|score| (score - top).exp()));
    let total: f32 = odds.iter().sum();
    let (mut along, mut squared, mut far) = (0.0, 0.0, 0_f32);
    moving.clear();
    for ((score, odds), &q) in scores.iter_mut().zip(odds.iter()).zip(q) {
        let d = odds / total - q;
        along += d * (*score - top);
        squared += d * d;
        far = far.max(d.abs());
        *score = d;
        if d.abs() > STANDS {
            moving.push((d, q));
        }
    }
    let curve = steepness * squared;
    let (mut low, mut high) = (0.0_f32, 1.0_f32);
    // The step that is safe whatever the curvature: that of log-softmax is at most ½ (Böhning 1992).
    let mut reach = 1.0 / (1.0 + 0.5 * steepness);
    for _ in 0..STEPS {
        let (mut slope, mut bend) = (reach * curve - along, curve);
        for &(d, q) in moving.iter() {
            let q = (q + reach * d).max(1e-12);
            slope += d * q.ln();
            bend += d * d / q;
        }
        if slope.abs() < 0.02 * curve {
            break;
        }
        if slope > 0.0 {
            high = reach
        } else {
            low = reach
        }
        let newton = reach - slope / bend;
        reach = if low < newton && newton < high { newton } else { (low + high) / 2.0 };
    }
    (reach, far)
}

/// Adds the weights of the columns, each times its value, to `sums`.
///
/// This and [`spread`] are where training spends its time. AVX2 makes them faster and their numbers no
/// other: lanes do not meet, and a product is rounded before it is added.
#[multiversion(targets("x86_64+avx2"))]
fn sum(weights: &[f32], columns: &[u16], values: &[f32], sums: &mut [f32]) {
    let lanes = sums.len();
    let mut start = 0;
    while lanes - start >= 4 * LANES {
        sum_block::<{ 4 * LANES }>(weights, columns, values, &mut sums[start..], start, lanes);
        start += 4 * LANES;
    }
    while start < lanes {
        sum_block::<LANES>(weights, columns, values, &mut sums[start..], start, lanes);
        start += LANES;
    }
}

/// The lanes from `start` on, as many as stay in registers.
#[inline(always)]
fn sum_block<const N: usize>(
    weights: &[f32],
    columns: &[u16],
    values: &[f32],
    sums: &mut [f32],
    start: usize,
    lanes: usize,
) {
    let mut block = [0_f32; N];
    block.copy_from_slice(&sums[..N]);
    for (&column, &value) in columns.iter().zip(values) {
        let row = &weights[usize::from(column) * lanes + start..][..N];
        block.iter_mut().zip(row).for_each(|(sum, weight)| *sum += value * weight);
    }
    sums[..N].copy_from_slice(&block);
}

/// Adds `step` to the weights of the columns, each times its value.
#[multiversion(targets("x86_64+avx2"))]
fn spread(weights: &mut [f32], columns: &[u16], values: &[f32], step: &[f32]) {
    let lanes = step.len();
    for (&column, &value) in columns.iter().zip(values) {
        let row = &mut weights[usize::from(column) * lanes..][..lanes];
        for (row, step) in row.chunks_exact_mut(LANES).zip(step.chunks_exact(LANES)) {
            row.iter_mut().zip(step).for_each(|(weight, by)| *weight += value * by);
        }
    }
}

fn add(weights: &mut [f32], columns: &[u16], values: &[f32], step: &[f32]) {
    spread(weights, columns, values, step);
    let bias = weights.len() - step.len();
    weights[bias..].iter_mut().zip(step).for_each(|(weight, by)| *weight += by);
}

fn costs(examples: &Examples, params: &SoftmaxParams) -> Vec<f32> {
    let mut tickets = vec![0_f32; examples.classes];
    examples.targets.iter().for_each(|&class| tickets[class] += 1.0);
    let mean = examples.targets.len() as f32 / examples.classes as f32;
    let cost = |n: &f32| params.c * (mean / n.max(1.0)).powf(params.balance);
    tickets.iter().map(cost).collect()
}

/// xorshift64* (Marsaglia 2003; Vigna 2016): the same order on every machine and in every version.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let draw = u128::from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d));
        ((draw * u128::from(end)) >> 64) as u64
    }

    /// Fisher & Yates.
    fn shuffle(&mut self, order: &mut [u32]) {
        for last in (1..order.len()).rev() {
            order.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn x(column: u16) -> Sparse {
        Sparse::new(vec![column], &[1.0])
    }

    fn fit(vectors: &[Sparse], targets: &[usize], c: f32) -> Softmax {
        let vectors: Vec<&Sparse> = vectors.iter().collect();
        let examples = Examples { vectors: &vectors, targets, classes: 2, width: 4 };
        Softmax::fit(&examples, &SoftmaxParams { c, balance: 0.0, seed: 0 })
    }

    /// `½‖W‖² + C Σ loss` of two-class weights.
    fn objective(model: &Softmax, vectors: &[Sparse], targets: &[usize], c: f32) -> f64 {
        let (bias, weights) = model.clone().weights();
        let norm: f32 = weights.iter().chain(&bias).map(|w| w * w).sum();
        let loss = |(x, &target): (&Sparse, &usize)| {
            let score = |class: usize| {
                let terms = x.iter().map(|(column, v)| v * weights[column * 2 + class]);
                f64::from(bias[class] + terms.sum::<f32>())
            };
            (1.0 + (score(1 - target) - score(target)).exp()).ln()
        };
        f64::from(norm) / 2.0 + f64::from(c) * vectors.iter().zip(targets).map(loss).sum::<f64>()
    }

    #[test]
    fn the_fit_stands_at_the_optimum() {
        // Columns 0 and 1 mostly go with class 0 and 1, as labels people give do.
        let vectors: Vec<Sparse> = (0..40).map(|i| x(i % 2)).collect();
        let targets: Vec<usize> = (0..40).map(|i| (i % 2) ^ usize::from(i % 10 == 0)).collect();
        let model = fit(&vectors, &targets, 0.5);
        let best = objective(&model, &vectors, &targets, 0.5);
        for place in 0..10 {
            for by in [-0.02, 0.02] {
                let mut moved = model.clone();
                let at = place / 2 * LANES + place % 2;
                moved.weights[at] += by;
                assert!(objective(&moved, &vectors, &targets, 0.5) > best, "{place} {by}");
            }
        }
    }

    #[test]
    fn learning_on_ends_where_a_fresh_fit_ends() {
        let vectors: Vec<Sparse> = (0..60).map(|i| x(i % 3)).collect();
        let targets: Vec<usize> = (0..60).map(|i| usize::from(i % 3 == 0)).collect();
        let vectors: Vec<&Sparse> = vectors.iter().collect();
        let all = Examples { vectors: &vectors, targets: &targets, classes: 2, width: 4 };
        let params = SoftmaxParams { c: 1.0, balance: 0.5, seed: 0 };
        let part = Examples { vectors: &vectors[..50], targets: &targets[..50], ..all };
        let (_, fresh) = Softmax::fit(&all, &params).weights();
        let (_, refit) = Softmax::fit(&part, &params).refit(&all, &params).weights();
        for (a, b) in fresh.iter().zip(&refit) {
            assert!((a - b).abs() < 0.03, "{fresh:?} {refit:?}");
        }
    }

    #[test]
    fn a_fit_that_may_not_go_on_ends_before_its_pass_does() {
        let vectors: Vec<Sparse> = (0..4 * ASK_EVERY as u16).map(|i| x(i % 4)).collect();
        let vectors: Vec<&Sparse> = vectors.iter().collect();
        let targets: Vec<usize> = (0..vectors.len()).map(|i| i % 2).collect();
        let examples = Examples { vectors: &vectors, targets: &targets, classes: 2, width: 4 };
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let goes_on = || asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 2;
        let _ = Softmax::fit_while(&examples, &SoftmaxParams::default(), &goes_on);
        assert_eq!(asked.into_inner(), 3, "of four in the first pass alone");
    }

    #[test]
    fn a_class_without_examples_and_one_example_are_fitted() {
        let examples = Examples { vectors: &[&x(1)], targets: &[1], classes: 3, width: 4 };
        let (bias, weights) = Softmax::fit(&examples, &SoftmaxParams::default()).weights();
        assert_eq!((bias.len(), weights.len()), (3, 12));
        assert!(weights.iter().chain(&bias).all(|w| w.is_finite()));
        assert!(bias[1] > bias[0]);
    }
}

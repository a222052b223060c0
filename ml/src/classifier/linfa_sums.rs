//! Counting with `linfa-bayes`, and what it takes to live with it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use linfa::prelude::*;
use linfa_bayes::MultinomialNb;
use ndarray::{Array1, Array2};
use serde::Deserialize;

use super::FitError;
use crate::features::Sparse;

/// Places of one dense block, of 8 bytes; linfa copies it once.
const BLOCK_PLACES: usize = 1 << 21;

/// The sums of some rows' columns: `feature_count` of a linfa model of one class.
///
/// linfa sees only the columns the class uses. The sums are the same, and it works on (and prints,
/// see [`in_silence`]) a small part of the width: a tenth of the time with 77 classes.
pub(super) fn sum_with_linfa(rows: &[&Sparse], columns: &[u16]) -> Result<Vec<f64>, FitError> {
    let mut model: Option<MultinomialNb<f64, usize>> = None;
    let block_rows = (BLOCK_PLACES / columns.len().max(1)).max(1);
    for block in rows.chunks(block_rows) {
        let mut dense = Array2::zeros((block.len(), columns.len()));
        for (mut row, sparse) in dense.rows_mut().into_iter().zip(block) {
            for (column, value) in sparse.iter() {
                let place = columns.partition_point(|&c| usize::from(c) < column);
                row[place] = f64::from(value);
            }
        }
        let block = Dataset::new(dense, Array1::zeros(block.len()));
        model = Some(in_silence(|| MultinomialNb::params().fit_with(model.take(), &block))?);
    }
    let Some(model) = model else { return Ok(Vec::new()) };
    // linfa keeps its counts private but serializes them.
    let fitted: Fitted = serde_json::from_slice(&serde_json::to_vec(&model)?)?;
    let class = fitted.class_info.into_values().next();
    Ok(class.map_or_else(Vec::new, |class| class.feature_count.data))
}

#[derive(Deserialize)]
struct Fitted {
    class_info: HashMap<usize, FittedClass>,
}

#[derive(Deserialize)]
struct FittedClass {
    feature_count: FittedArray,
}

#[derive(Deserialize)]
struct FittedArray {
    data: Vec<f64>,
}

/// Runs one fit with stderr closed to it.
///
/// linfa-bayes 0.8.1 left a `dbg!` of the whole model in `fit_with`: tens of MB a training. Lines
/// other threads write to stderr meanwhile are lost too; a block takes milliseconds.
pub(super) fn in_silence<T>(fit: impl FnOnce() -> T) -> T {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    // Without a null device the noise is better than no model.
    let _gag = gag::Gag::stderr().ok();
    fit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_add_up() {
        let one = Sparse::new(vec![3], &[1.0]);
        let columns: Vec<u16> = (0..8_192).collect();
        let rows = vec![&one; BLOCK_PLACES / columns.len() * 2 + 1];
        assert_eq!(sum_with_linfa(&rows, &columns).unwrap()[3], rows.len() as f64);
    }

    #[test]
    fn no_rows_have_no_sums() {
        assert!(sum_with_linfa(&[], &[]).unwrap().is_empty());
    }
}

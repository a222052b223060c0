//! What a run is to learn from, and what it aims at.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::error::{FieldErrors, Result};
use crate::models::TrainingQuery;
use crate::suggestions::LabelKind;

/// Options of a run, with their defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RunOptions {
    /// Labels with fewer tickets are left out; 5, 2 to 1000.
    pub minimum_per_label: u32,
    /// Share of decided tickets that should be right; 0.9, 0.5 to 0.99.
    pub target_precision: f64,
    /// Only tickets created at this time or later.
    pub created_from: Option<Timestamp>,
    /// Only tickets created before this time.
    pub created_to: Option<Timestamp>,
    /// Let the version suggest at once if no other one does; true.
    pub promote_when_first: bool,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            minimum_per_label: 5,
            target_precision: 0.9,
            created_from: None,
            created_to: None,
            promote_when_first: true,
        }
    }
}

impl RunOptions {
    /// # Errors
    /// [`crate::Error::Invalid`] with every bad field.
    pub fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        if !(2..=1000).contains(&self.minimum_per_label) {
            let message = format!("must be 2 to 1000, got {}", self.minimum_per_label);
            errors.add("minimumPerLabel", message);
        }
        if !(0.5..=0.99).contains(&self.target_precision) {
            let message = format!("must be 0.5 to 0.99, got {}", self.target_precision);
            errors.add("targetPrecision", message);
        }
        if let (Some(from), Some(to)) = (self.created_from, self.created_to)
            && from >= to
        {
            errors.add("createdTo", format!("must be later than createdFrom, {from}, got {to}"));
        }
        errors.into_result()
    }

    /// The tickets a run with these options learns from.
    pub fn query(&self, kind: LabelKind) -> TrainingQuery {
        TrainingQuery {
            kind,
            created_from: self.created_from,
            created_to: self.created_to,
            minimum_per_label: self.minimum_per_label,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn every_bad_option_is_named() {
        let day = |text: &str| Some(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into());
        let good = RunOptions::default();
        let bad = [
            (RunOptions { minimum_per_label: 1, ..good.clone() }, "minimumPerLabel"),
            (RunOptions { minimum_per_label: 1001, ..good.clone() }, "minimumPerLabel"),
            (RunOptions { target_precision: 0.49, ..good.clone() }, "targetPrecision"),
            (RunOptions { target_precision: 1.0, ..good.clone() }, "targetPrecision"),
            (RunOptions { target_precision: f64::NAN, ..good.clone() }, "targetPrecision"),
            (
                RunOptions {
                    created_from: day("2026-02-01T00:00:00Z"),
                    created_to: day("2026-02-01T00:00:00Z"),
                    ..good.clone()
                },
                "createdTo",
            ),
        ];
        assert!(good.check().is_ok());
        for (options, path) in bad {
            let Err(Error::Invalid(fields)) = options.check() else { panic!("{options:?}") };
            assert_eq!(fields.iter().map(|f| f.path).collect::<Vec<_>>(), [path], "{options:?}");
        }
    }

    #[test]
    fn options_of_an_older_release_get_the_defaults() {
        let read: RunOptions = serde_json::from_str(r#"{"minimumPerLabel":7}"#).unwrap();
        assert_eq!(read, RunOptions { minimum_per_label: 7, ..RunOptions::default() });
    }
}

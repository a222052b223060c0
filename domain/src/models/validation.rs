//! Validations: a candidate and the champion on the same tickets, which decide whether it may be promoted.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

use crate::actor::Scope;
use crate::db::one_of;
use crate::db::schema::model_validations;
#[cfg(doc)]
use crate::error::Error;
use crate::error::{FieldErrors, Result};
use crate::ids::{ModelVersionId, ValidationId};
use crate::{Actor, Conn, Timestamp};

crate::text_enum! {
    /// What a validation says about the candidate.
    pub enum Verdict {
        /// The whole interval is above nothing.
        Better = "better",
        /// The difference may be nothing, and is at most small.
        NotWorse = "not_worse",
        /// The whole interval is below nothing, or the difference is larger than the gate allows.
        Worse = "worse",
        /// Too few tickets to say anything.
        TooFew = "too_few",
        /// There was no champion to compare with.
        NoChampion = "no_champion",
    }
}

/// One validation. Of two versions' latest one counts.
#[derive(Debug, Clone, PartialEq, HasQuery, Insertable)]
#[diesel(table_name = model_validations)]
pub struct Validation {
    pub id: ValidationId,
    pub candidate_id: ModelVersionId,
    /// `None`: there was no champion.
    pub champion_id: Option<ModelVersionId>,
    /// Tickets compared.
    pub sample: u32,
    pub candidate_right: u32,
    /// 0 without a champion.
    pub champion_right: u32,
    /// Candidate's accuracy minus the champion's, −1 to 1.
    pub difference: f64,
    /// Lower end of the difference's 95 % interval.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
    pub verdict: Verdict,
    pub created_at: Timestamp,
    /// What the figures do not say, at most 500 characters.
    pub note: Option<String>,
}

/// What a comparison found.
#[derive(Debug, Clone, PartialEq)]
pub struct NewValidation {
    pub candidate_id: ModelVersionId,
    pub champion_id: Option<ModelVersionId>,
    pub sample: u32,
    pub candidate_right: u32,
    pub champion_right: u32,
    pub difference: f64,
    pub low: f64,
    pub high: f64,
    pub verdict: Verdict,
    /// What the figures do not say, at most 500 characters.
    pub note: Option<String>,
}

impl NewValidation {
    fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        for (path, right) in
            [("candidateRight", self.candidate_right), ("championRight", self.champion_right)]
        {
            if right > self.sample {
                errors.add(path, format!("must be at most {}, got {right}", self.sample));
            }
        }
        let is_ordered = self.low <= self.difference && self.difference <= self.high;
        if !is_ordered || self.low < -1.0 || self.high > 1.0 {
            let (low, high) = (self.low, self.high);
            let message =
                format!("must lie in its interval, got {} in {low}..={high}", self.difference);
            errors.add("difference", message);
        }
        errors.into_result()
    }
}

/// Writes a validation down. Admins only.
///
/// # Errors
/// [`Error::Invalid`] for figures that cannot be; [`Error::Forbidden`].
pub async fn record_validation(
    conn: &mut Conn,
    actor: &Actor,
    new: NewValidation,
) -> Result<Validation> {
    actor.require_admin(Scope::Admin)?;
    new.check()?;
    let row = Validation {
        id: ValidationId::new(),
        candidate_id: new.candidate_id,
        champion_id: new.champion_id,
        sample: new.sample,
        candidate_right: new.candidate_right,
        champion_right: new.champion_right,
        difference: new.difference,
        low: new.low,
        high: new.high,
        verdict: new.verdict,
        created_at: Timestamp::now(),
        note: new.note,
    };
    diesel::insert_into(model_validations::table).values(&row).execute(conn).await?;
    Ok(row)
}

/// The newest validation of a candidate against this champion; with `None`, against none.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn latest_validation(
    conn: &mut Conn,
    candidate: ModelVersionId,
    champion: Option<ModelVersionId>,
) -> Result<Option<Validation>> {
    let mut query = Validation::query()
        .filter(model_validations::candidate_id.eq(candidate))
        .order(model_validations::id.desc())
        .into_boxed();
    query = match champion {
        Some(champion) => query.filter(model_validations::champion_id.eq(champion)),
        None => query.filter(model_validations::champion_id.is_null()),
    };
    Ok(query.first(conn).await.optional()?)
}

/// Validations of several candidates, newest first; those without any are left out.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn validations_of(
    conn: &mut Conn,
    candidates: &[ModelVersionId],
) -> Result<HashMap<ModelVersionId, Vec<Validation>>> {
    let rows: Vec<Validation> = Validation::query()
        .filter(one_of(model_validations::candidate_id, candidates))
        .order(model_validations::id.desc())
        .load(conn)
        .await?;
    let mut by_candidate: HashMap<ModelVersionId, Vec<Validation>> = HashMap::new();
    for row in rows {
        by_candidate.entry(row.candidate_id).or_default().push(row);
    }
    Ok(by_candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_round_trip() {
        Verdict::assert_round_trips();
    }
}

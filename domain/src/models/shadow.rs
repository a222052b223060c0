//! Shadow scores: what a candidate would have said, kept where no suggestion is read from.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

use crate::db::one_of;
use crate::db::schema::shadow_scores;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::ids::{CategoryId, ModelVersionId, TicketId};
use crate::suggestions::{Label, LabelKind};
use crate::tickets::Priority;
use crate::{Conn, Timestamp};

/// A candidate's answer for one ticket, shown to nobody.
#[derive(Debug, Clone, PartialEq)]
pub struct ShadowScore {
    pub ticket_id: TicketId,
    pub model_version_id: ModelVersionId,
    /// The most likely label, also when the candidate abstains.
    pub label: Label,
    /// Calibrated, 0 to 1.
    pub probability: f64,
    pub abstained: bool,
    /// The champion's most likely label is the same; `None` where it said nothing.
    pub champion_agrees: Option<bool>,
}

/// How often a version in shadow and the champion of the time said the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Agreement {
    /// Tickets scored.
    pub scored: u64,
    pub agreed: u64,
    pub disagreed: u64,
}

#[derive(Insertable)]
#[diesel(table_name = shadow_scores)]
struct NewRow {
    ticket_id: TicketId,
    kind: LabelKind,
    model_version_id: ModelVersionId,
    category_id: Option<CategoryId>,
    priority: Option<Priority>,
    probability: f64,
    abstained: bool,
    champion_agrees: Option<bool>,
    created_at: Timestamp,
}

/// Writes scores down; of one version and ticket the first stays. Call while the tickets are locked.
pub(crate) async fn write(conn: &mut Conn, scores: Vec<ShadowScore>, now: Timestamp) -> Result<()> {
    let row = |score: ShadowScore| {
        let (category_id, priority) = match score.label {
            Label::Category(id) => (Some(id), None),
            Label::Priority(priority) => (None, Some(priority)),
        };
        NewRow {
            ticket_id: score.ticket_id,
            kind: score.label.kind(),
            model_version_id: score.model_version_id,
            category_id,
            priority,
            probability: score.probability,
            abstained: score.abstained,
            champion_agrees: score.champion_agrees,
            created_at: now,
        }
    };
    let rows: Vec<NewRow> = scores.into_iter().map(row).collect();
    if !rows.is_empty() {
        diesel::insert_or_ignore_into(shadow_scores::table).values(&rows).execute(conn).await?;
    }
    Ok(())
}

/// Agreement of several versions; those without a score are left out.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn agreement(
    conn: &mut Conn,
    versions: &[ModelVersionId],
) -> Result<HashMap<ModelVersionId, Agreement>> {
    let rows: Vec<(ModelVersionId, Option<bool>, i64)> = shadow_scores::table
        .filter(one_of(shadow_scores::model_version_id, versions))
        .group_by((shadow_scores::model_version_id, shadow_scores::champion_agrees))
        .select((
            shadow_scores::model_version_id,
            shadow_scores::champion_agrees,
            diesel::dsl::count_star(),
        ))
        .load(conn)
        .await?;
    let mut by_version: HashMap<ModelVersionId, Agreement> = HashMap::new();
    for (version, agrees, count) in rows {
        let agreement = by_version.entry(version).or_default();
        let count = count.unsigned_abs();
        agreement.scored += count;
        match agrees {
            Some(true) => agreement.agreed += count,
            Some(false) => agreement.disagreed += count,
            None => {}
        }
    }
    Ok(by_version)
}

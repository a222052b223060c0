//! Model versions: trained, tried in the dark, on a share of the tickets, promoted, taken back.
//!
//! A version is registered once and never changes. The *champion* of a label kind suggests; a *candidate*
//! is on trial, in [`Stage::Shadow`] (it scores every ticket and nobody sees it) or in [`Stage::Canary`]
//! (it serves some per cent of the tickets). One row a kind holds the [`Rollout`]; every transition locks
//! it, raises its revision and writes state, history and event in one transaction, so two admins cannot
//! both have their way. [`watch()`] holds the two arms against each other and takes a version back by
//! itself. Workers read the state and serve by it; within a second they follow any change.

mod compare;
mod enable;
pub mod guards;
mod history;
mod labels;
mod live;
mod needs;
mod promote;
mod register;
mod roll_back;
mod rollout;
pub mod runs;
mod set_guards;
mod shadow;
mod start_canary;
mod start_shadow;
mod training;
mod transition;
mod validation;
mod verdict;
mod watch;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::BTreeMap;

use crate::actor::Scope;
use crate::db::one_of;
use crate::db::schema::model_versions;
use crate::error::{Error, Result};
use crate::ids::{ModelRunId, ModelVersionId, UserId};
use crate::suggestions::{Label, LabelKind};
use crate::{Actor, Conn, Timestamp};

pub use compare::{ArmComparison, compare};
pub use enable::{disable, enable};
pub(crate) use history::trial_end;
pub use history::{RolloutAction, RolloutStep, find_step, history, step_at};
pub use live::RolloutStream;
pub use promote::promote;
pub use register::{ModelDraft, Then, activate_for, introduce, register, register_compared};
pub use roll_back::roll_back;
pub use rollout::{Arm, Rollout, Stage, arm_of, find_rollout, rollout, rollouts};
pub use set_guards::set_guards;
pub(crate) use shadow::write as write_shadow;
pub use shadow::{Agreement, ShadowScore, agreement};
pub use start_canary::start_canary;
pub use start_shadow::start_shadow;
pub use training::{LabelledTicket, TrainingData, TrainingQuery, meanings_of, training_data};
pub use transition::RolloutEdit;
pub use validation::{
    NewValidation, Validation, Verdict, latest_validation, record_validation, validations_of,
};
pub use verdict::{Comparison, MINIMUM_SAMPLE};
pub use watch::{report_fault, watch, watch_without_onnx};

/// An artefact's label names and what each stood for when the model was trained, so that a category
/// renamed later is still the same category.
pub type LabelMeanings = BTreeMap<String, Label>;

/// A trained model, as it was registered. Never changes, but for who is champion.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelVersion {
    pub id: ModelVersionId,
    pub kind: LabelKind,
    /// 1, 2, 3 … within the kind.
    pub number: u32,
    /// SHA-256 of the artefact, which is its file's name in the model store.
    pub artifact_hash: Vec<u8>,
    pub artifact_bytes: u32,
    /// Below this probability the model abstains.
    pub threshold: f64,
    pub labels: LabelMeanings,
    /// Figures of the training run, as JSON.
    pub metrics: serde_json::Value,
    /// The champion of its kind.
    pub active: bool,
    pub created_at: Timestamp,
    /// Who had it trained; `None` for the desk itself.
    pub created_by: Option<UserId>,
    pub lineage: Lineage,
}

/// Where a version comes from, as far as it was written down.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lineage {
    /// The training run it came from.
    pub run_id: Option<ModelRunId>,
    /// How texts become numbers; a program serves only its own.
    pub feature_version: u16,
    /// It is an ONNX network: only programs that were built to run such ones can use it.
    pub needs_onnx: bool,
    /// The program that registered it was one of these.
    pub maker_runs_onnx: bool,
    /// Settings of the training, chosen ones included.
    pub parameters: Option<serde_json::Value>,
    /// What it learned from: source, tickets, tickets a label, times, the query.
    pub training_data: Option<serde_json::Value>,
    /// Held-back tickets by right label and suggested label.
    pub confusion: Option<serde_json::Value>,
}

#[derive(HasQuery, Insertable)]
#[diesel(table_name = model_versions)]
struct Row {
    id: ModelVersionId,
    kind: LabelKind,
    number: u32,
    artifact_hash: Vec<u8>,
    artifact_bytes: u32,
    threshold: f64,
    labels: String,
    metrics: String,
    active: bool,
    created_at: Timestamp,
    created_by: Option<UserId>,
    run_id: Option<ModelRunId>,
    feature_version: u16,
    parameters: Option<String>,
    training_data: Option<String>,
    confusion: Option<String>,
    needs_onnx: bool,
    maker_runs_onnx: bool,
}

impl Row {
    fn into_version(self) -> Result<ModelVersion> {
        let json = |text: Option<String>| {
            text.as_deref().map(serde_json::from_str).transpose().map_err(Error::internal)
        };
        Ok(ModelVersion {
            id: self.id,
            kind: self.kind,
            number: self.number,
            artifact_hash: self.artifact_hash,
            artifact_bytes: self.artifact_bytes,
            threshold: self.threshold,
            labels: serde_json::from_str(&self.labels).map_err(Error::internal)?,
            metrics: serde_json::from_str(&self.metrics).map_err(Error::internal)?,
            active: self.active,
            created_at: self.created_at,
            created_by: self.created_by,
            lineage: Lineage {
                run_id: self.run_id,
                feature_version: self.feature_version,
                needs_onnx: self.needs_onnx,
                maker_runs_onnx: self.maker_runs_onnx,
                parameters: json(self.parameters)?,
                training_data: json(self.training_data)?,
                confusion: json(self.confusion)?,
            },
        })
    }
}

/// All versions, newest first. Staff only.
///
/// # Errors
/// [`Error::Forbidden`] for customers.
pub async fn list(conn: &mut Conn, actor: &Actor) -> Result<Vec<ModelVersion>> {
    actor.require_staff(Scope::TicketsRead)?;
    let rows: Vec<Row> = Row::query().order(model_versions::id.desc()).load(conn).await?;
    rows.into_iter().map(Row::into_version).collect()
}

/// One version. Staff only.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`] for customers.
pub async fn find(conn: &mut Conn, actor: &Actor, id: ModelVersionId) -> Result<ModelVersion> {
    actor.require_staff(Scope::TicketsRead)?;
    let found = find_many(conn, &[id]).await?.pop();
    found.ok_or_else(|| Error::not_found("model version", "id"))
}

/// Several versions at once, in no order.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn find_many(conn: &mut Conn, ids: &[ModelVersionId]) -> Result<Vec<ModelVersion>> {
    let rows: Vec<Row> = Row::query().filter(one_of(model_versions::id, ids)).load(conn).await?;
    rows.into_iter().map(Row::into_version).collect()
}
